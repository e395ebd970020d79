import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { listen } from '../listen.js';

/** Whether a daemon can do its work now, and why not. */
export interface Readiness {
  readonly ready: boolean;
  readonly reason?: string;
}

/** A daemon's metrics. All names begin with `assay_`. */
export class Metrics {
  readonly registry = new Registry();

  constructor(daemon: string) {
    this.registry.setDefaultLabels({ daemon });
    collectDefaultMetrics({ register: this.registry, prefix: 'assay_' });
  }

  /** A counter; its name ends in `_total`. */
  counter<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return new Counter({ name: `assay_${name}`, help, labelNames, registers: [this.registry] });
  }

  gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> {
    return new Gauge({ name: `assay_${name}`, help, labelNames, registers: [this.registry] });
  }

  /** A histogram of seconds. */
  seconds<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Histogram<Label> {
    return new Histogram({ name: `assay_${name}_seconds`, help, labelNames, buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300], registers: [this.registry] });
  }

  /**
   * Serves `/metrics`, `/healthz` (the process lives) and `/readyz` (it can work; else 503 with the reason).
   *
   * @throws AssayError PORT_BUSY
   */
  async serve(options: { host: string; port: number; readiness: () => Readiness }): Promise<{ url: string; close(): Promise<void> }> {
    const server = createServer((request, response) => {
      const path = request.url?.split('?')[0];
      const reply = (status: number, type: string, body: string): void => {
        response.writeHead(status, { 'content-type': type });
        response.end(body);
      };
      if (path === '/healthz') reply(200, 'text/plain', 'ok\n');
      else if (path === '/readyz') {
        const { ready, reason } = options.readiness();
        reply(ready ? 200 : 503, 'text/plain', ready ? 'ready\n' : `not ready: ${reason ?? 'unknown'}\n`);
      } else if (path === '/metrics')
        this.registry.metrics().then(
          (text) => reply(200, this.registry.contentType, text),
          () => reply(500, 'text/plain', 'metrics failed\n'),
        );
      else reply(404, 'text/plain', 'not found\n');
    });
    await listen(server, options.host, options.port);
    const { address, port } = server.address() as AddressInfo;
    return {
      url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  }
}
