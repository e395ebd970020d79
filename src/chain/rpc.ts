import { HttpClient, type RpcClient } from '@cosmjs/tendermint-rpc';
import { createJsonRpcRequest } from './jsonrpc.js';
import { AssayError } from '../errors.js';
import { sleep } from '../shutdown.js';

type Request = Parameters<RpcClient['execute']>[0];
type Response = Awaited<ReturnType<RpcClient['execute']>>;

/** Options of {@link FailoverRpc}. */
export interface FailoverOptions {
  /** CometBFT RPC endpoints, tried in order from the last that answered. */
  readonly endpoints: readonly string[];
  /** An endpoint of another chain is never asked anything else. */
  readonly chainId: string;
  /** Milliseconds for one request. Default 10,000. */
  readonly timeoutMs?: number;
  /** Rounds over all endpoints before giving up. Default 4, with pauses of 0.1, 0.4, 1.6 s between them. */
  readonly rounds?: number;
}

/**
 * A JSON-RPC client over several nodes. Network failures go to the next node; an answer, also an error, is an answer.
 * Errors: CHAIN_UNREACHABLE (retry), CHAIN_WRONG_ID (user), CHAIN_RPC (user).
 */
export class FailoverRpc implements RpcClient {
  readonly #options: FailoverOptions;
  readonly #clients: { url: string; http: HttpClient; checked: boolean }[];
  #current = 0;

  constructor(options: FailoverOptions) {
    if (options.endpoints.length === 0) throw new AssayError('CONFIG_INVALID', 'chain.rpc names no endpoint');
    this.#options = options;
    this.#clients = options.endpoints.map((url) => ({ url, http: new HttpClient(url, options.timeoutMs ?? 10_000), checked: false }));
  }

  execute = async (request: Request): Promise<Response> => {
    const rounds = this.#options.rounds ?? 4;
    let last: unknown;
    for (let round = 0; round < rounds; round++) {
      if (round > 0) await sleep(100 * 4 ** (round - 1));
      for (let i = 0; i < this.#clients.length; i++) {
        const at = (this.#current + i) % this.#clients.length;
        const client = this.#clients[at]!;
        try {
          if (!client.checked) await this.#checkChain(client);
          const response = await client.http.execute(request);
          this.#current = at;
          return response;
        } catch (error) {
          if (isAnswer(error)) throw rpcError(request, error);
          if (error instanceof AssayError) throw error;
          last = error;
        }
      }
    }
    throw new AssayError('CHAIN_UNREACHABLE', `no node answered ${request.method}`, {
      decision: 'retry',
      facts: { endpoints: this.#options.endpoints.join(' ') },
      hint: 'Check chain.rpc and that a node runs there.',
      cause: last,
    });
  };

  disconnect = (): void => {
    for (const client of this.#clients) client.http.disconnect();
  };

  async #checkChain(client: { url: string; http: HttpClient; checked: boolean }): Promise<void> {
    const { result } = await client.http.execute(createJsonRpcRequest('status'));
    const found: unknown = (result as { node_info?: { network?: unknown } } | undefined)?.node_info?.network;
    if (found !== this.#options.chainId)
      throw new AssayError('CHAIN_WRONG_ID', `the node at ${client.url} belongs to another chain`, {
        facts: { expected: this.#options.chainId, found: String(found) },
        hint: 'Check chain.id and chain.rpc.',
      });
    client.checked = true;
  }
}

// cosmjs throws the JSON-RPC error object as text, and refuses malformed replies in words of its own.
function isAnswer(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('{') && error.message.includes('"code"');
}

function rpcError(request: Request, error: Error): AssayError {
  const { code, message, data } = JSON.parse(error.message) as { code?: number; message?: string; data?: unknown };
  const text = typeof data === 'string' && data ? data : (message ?? 'no reason given');
  return new AssayError('CHAIN_RPC', `the node refused ${request.method}: ${text.slice(0, 400)}`, { facts: { rpc_code: code } });
}
