let last = 0;

/** A JSON-RPC request with an id of its own. */
export function createJsonRpcRequest(method: string, params: Record<string, string | boolean> = {}): {
  jsonrpc: '2.0';
  id: number;
  method: string;
  params: Record<string, string | boolean>;
} {
  last = (last + 1) % Number.MAX_SAFE_INTEGER;
  return { jsonrpc: '2.0', id: last, method, params };
}
