import { AssayError } from '../errors.js';
import { list, malformed, object, type JsonObject } from './json.js';

/** One remote call: a method of CometBFT's RPC and its parameters. */
export interface Call {
  readonly method: string;
  readonly params: JsonObject;
}

/** Limits of one HTTP exchange. */
export interface ExchangeLimits {
  /** Whole exchange, milliseconds. */
  readonly timeoutMs: number;
  /** Largest accepted body, bytes. */
  readonly maxBytes: number;
}

/** CometBFT refuses batches above 10 by one answer without an id (since 0.38.8), which naive clients wait on for ever. */
export const MAX_BATCH = 10;

/**
 * Sends calls as one JSON-RPC batch and returns their results in the order of the calls.
 *
 * @param url base URL of a CometBFT RPC, http or https
 * @param calls 1 to 10
 * @throws AssayError RPC_UNREACHABLE, RPC_TIMEOUT, RPC_BUSY (retry); RPC_TOO_LARGE, RPC_MALFORMED (peer);
 *   RPC_NOT_AVAILABLE (retry: the node is behind, or pruned the height); RPC_REFUSED (user)
 */
export async function exchange(url: string, calls: readonly Call[], limits: ExchangeLimits, signal?: AbortSignal): Promise<unknown[]> {
  if (calls.length === 0 || calls.length > MAX_BATCH) throw new AssayError('RPC_BATCH', `expected 1 to ${MAX_BATCH} calls, found ${calls.length}`, { decision: 'bug' });
  const body = JSON.stringify(calls.map((call, id) => ({ jsonrpc: '2.0', id, ...call })));
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  try {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal: either, redirect: 'error' });
    if (response.status === 429 || response.status === 502 || response.status === 503 || response.status === 504) {
      await response.body?.cancel();
      throw new AssayError('RPC_BUSY', `the node answered HTTP ${response.status}`, { decision: 'retry', facts: { url } });
    }
    return parseAnswers(await readBody(response, limits.maxBytes), calls);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw withUrl(error, url, timeout.aborted ? limits.timeoutMs : undefined);
  }
}

/** Reads at most `maxBytes`; a node is a stranger and may send without end. */
async function readBody(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    size += part.value.length;
    if (size > maxBytes) {
      await reader?.cancel();
      throw new AssayError('RPC_TOO_LARGE', `expected at most ${maxBytes} bytes`, { decision: 'peer' });
    }
    chunks.push(part.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Results by id. A batch of one may be answered by an object; a refused batch by one error without an id. */
export function parseAnswers(body: string, calls: readonly Call[]): unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    throw new AssayError('RPC_MALFORMED', `expected JSON, found ${body.length} bytes that are not`, { decision: 'peer', cause: error });
  }
  const answers = Array.isArray(json) ? list(json, 'answers') : [json];
  const results = new Map<number, unknown>();
  for (const answer of answers.map((a, i) => object(a, `answers[${i}]`))) {
    if (answer['error'] !== undefined && answer['error'] !== null) throw refused(object(answer['error'], 'error'), calls[Number(answer['id'])]);
    if (typeof answer['id'] !== 'number' || calls[answer['id']] === undefined) throw malformed('answers', 'an id of this batch', answer['id']);
    results.set(answer['id'], answer['result']);
  }
  return calls.map((call, id) => {
    if (!results.has(id)) throw malformed(`answers (${call.method})`, 'an answer to every call', `${results.size} of ${calls.length}`);
    return results.get(id);
  });
}

function refused(error: JsonObject, call: Call | undefined): AssayError {
  const said = `${String(error['message'] ?? '')} ${String(error['data'] ?? '')}`.trim();
  const facts = { method: call?.method, height: typeof call?.params['height'] === 'string' ? call.params['height'] : undefined, said: said.slice(0, 300) };
  // CometBFT tells these apart by text alone: rpc/core/env.go and state/store.go have no codes for them.
  if (/must be less than or equal to|is not available|could not find results|not found/.test(said)) {
    return new AssayError('RPC_NOT_AVAILABLE', 'the node does not have this height', { decision: 'retry', facts });
  }
  if (/discard|node is not persisting/.test(said)) {
    return new AssayError('RPC_NO_RESULTS', 'the node keeps no block results', { facts, hint: 'Set discard_abci_responses = false in its config and let it sync anew.' });
  }
  return new AssayError('RPC_REFUSED', 'the node refused the call', { facts });
}

function withUrl(error: unknown, url: string, timedOutMs: number | undefined): AssayError {
  if (timedOutMs !== undefined) return new AssayError('RPC_TIMEOUT', `no whole answer within ${timedOutMs} ms`, { decision: 'retry', facts: { url } });
  if (error instanceof AssayError) return new AssayError(error.code, error.message, { decision: error.decision, hint: error.hint, facts: { ...error.facts, url }, cause: error.cause });
  return new AssayError('RPC_UNREACHABLE', 'the connection failed', { decision: 'retry', facts: { url }, cause: error });
}
