import type { Server } from 'node:http';
import { AssayError } from './errors.js';

/** Begins to listen. @throws AssayError PORT_BUSY */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new AssayError('PORT_BUSY', `cannot listen on ${host}:${port}`, { cause, hint: 'Choose another port, or stop what uses it.' })),
    );
    server.listen(port, host, () => resolve());
  });
}
