import { AssayError } from '../errors.js';
import { QueryDryRunRequest, QueryDryRunResponse } from './generated/assay/dispute/v1/query.js';

/**
 * Asks a node what ProveFault would say of a proof, over its REST gateway (limited by the node's query gas; never
 * `abci_query`, which would stop consensus).
 *
 * @param rest URL of the gateway
 * @param proof encoded FaultProof
 * @throws AssayError CHAIN_UNREACHABLE, CHAIN_DRY_RUN
 */
export async function dryRun(rest: string, jobId: bigint, proof: Uint8Array, timeoutMs = 30_000): Promise<QueryDryRunResponse> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(new URL('/assay/dispute/v1/dry_run', rest), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(QueryDryRunRequest.toJSON({ jobId, proof })),
      signal: AbortSignal.timeout(timeoutMs),
    });
    body = await response.json();
  } catch (cause) {
    throw new AssayError('CHAIN_UNREACHABLE', `the REST gateway at ${rest} did not answer`, { decision: 'retry', cause });
  }
  if (!response.ok)
    throw new AssayError('CHAIN_DRY_RUN', `the dry run was refused: ${messageOf(body)}`, { facts: { status: response.status } });
  return QueryDryRunResponse.fromJSON(body);
}

function messageOf(body: unknown): string {
  const text: unknown = typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
  return typeof text === 'string' ? text.slice(0, 400) : 'no reason given';
}
