import { BlobStore, createBlobServer } from '../../src/blobs/index.js';
import { createShutdown, onSignals } from '../../src/shutdown.js';
import { parsePort, type Register } from '../context.js';

interface ServeOptions {
  readonly store: string;
  readonly host: string;
  readonly port: number;
}

/** `assay serve` */
export const registerServe: Register = (program, context) => {
  program
    .command('serve')
    .description('serve a blob store over HTTP: programs and weights of a publisher, inputs of a requester')
    .requiredOption('--store <dir>', 'blob store, as `assay program prepare` fills it')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port; 0 picks a free one', parsePort, 0)
    .action(async (options: ServeOptions) => {
      const shutdown = createShutdown();
      onSignals(shutdown);
      const store = await BlobStore.open(options.store);
      const server = await createBlobServer({ store, host: options.host, port: options.port });
      shutdown.add(() => server.close());
      context.terminal.out(`serving ${options.store} at ${server.url}`);
    });
};
