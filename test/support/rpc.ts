import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ScriptedChain } from './chain.js';

/** What a lying or broken endpoint does with one answer: another result, or one of two ways to fail. */
export type Fault = (method: string, height: number, result: unknown) => unknown;

/** Returned by a {@link Fault}: the answer never ends. */
export const HANG = Symbol('hang');
/** Returned by a {@link Fault}: half of the body is sent as if it were all. */
export const TRUNCATE = Symbol('truncate');

/** A JSON-RPC endpoint in front of a chain, which can be told to lie. */
export interface ScriptedRpc {
  readonly url: string;
  /** Changes what it does; undefined is honest. */
  lie(fault: Fault | undefined): void;
  /** Puts another chain behind the same address. */
  replace(chain: ScriptedChain): void;
  /** Batches served so far. */
  batches(): number;
  close(): Promise<void>;
}

/** Serves a chain over HTTP as CometBFT 0.40 does, batches of at most ten. */
export async function serveChain(first: ScriptedChain): Promise<ScriptedRpc> {
  let chain = first;
  let fault: Fault | undefined;
  let batches = 0;
  const hanging: ServerResponse[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (c: Buffer) => chunks.push(c));
    request.on('end', () => {
      batches++;
      const calls = JSON.parse(Buffer.concat(chunks).toString()) as { id: number; method: string; params: Record<string, unknown> }[];
      let ending: unknown;
      const answers = calls.map(({ id, method, params }) => {
        const honest = chain.answer(method, params);
        const told = fault ? fault(method, Number(params['height']), structuredClone(honest)) : honest;
        if (told === HANG || told === TRUNCATE) ending = told;
        if (told === undefined) return { jsonrpc: '2.0', id, error: { code: -32603, message: 'Internal error', data: `height ${String(params['height'])} must be less than or equal to the current blockchain height` } };
        return { jsonrpc: '2.0', id, result: typeof told === 'symbol' ? null : told };
      });
      const body = calls.length > 10
        ? JSON.stringify({ jsonrpc: '2.0', error: { code: -32600, message: 'Invalid Request', data: 'batch too large' } })
        : JSON.stringify(answers.length === 1 ? answers[0] : answers);
      response.setHeader('content-type', 'application/json');
      if (ending === HANG) hanging.push(response);
      else response.end(ending === TRUNCATE ? body.slice(0, body.length / 2) : body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lie: (f) => (fault = f),
    replace: (c) => (chain = c),
    batches: () => batches,
    close: () => new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
