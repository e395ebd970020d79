import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AssayError } from '../src/errors.js';
import type { Shutdown } from '../src/shutdown.js';

/** What the operator's endpoints answer with. */
export interface OperatorView {
  /** Prometheus text. */
  metrics(): Promise<string>;
  /** Why the process should be restarted, or undefined. */
  unhealthy(): string | undefined;
  /** Why it should get no traffic, or undefined. */
  unready(): string | undefined;
}

/**
 * Serves `/metrics`, `/healthz` and `/readyz` on loopback.
 *
 * @param port 0 for any free one
 * @returns the port in use
 * @throws AssayError PORT_BUSY
 */
export async function serveOperator(view: OperatorView, port: number, shutdown: Shutdown): Promise<number> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string) => response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
    const verdict = (reason: string | undefined) => answer(reason === undefined ? 200 : 503, `${reason ?? 'ok'}\n`);
    switch (request.url) {
      case '/metrics':
        void view.metrics().then((text) => answer(200, text), (error: unknown) => answer(500, String(error)));
        return;
      case '/healthz':
        return void verdict(view.unhealthy());
      case '/readyz':
        return void verdict(view.unready());
      default:
        return void answer(404, 'expected /metrics, /healthz or /readyz\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new AssayError('PORT_BUSY', `cannot listen on port ${port} of loopback`, { cause, hint: 'Choose another port.' })));
    server.listen(port, '127.0.0.1', resolve);
  });
  shutdown.add(() => new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  }));
  return (server.address() as AddressInfo).port;
}
