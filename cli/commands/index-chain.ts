import type { Command } from 'commander';
import { chainKeys, integer, required, text, type Values } from '../../src/config/index.js';
import { openDatabase, type Database } from '../../src/db/index.js';
import { createShutdown, onSignals, type Shutdown } from '../../src/shutdown.js';
import { startGraphql } from '../../graphql/index.js';
import { startIndexer } from '../../indexer/index.js';
import { configFor } from '../client.js';
import type { Context, Register } from '../context.js';

/** Keys of `assay index` and `assay graphql`. */
export const indexSchema = {
  ...chainKeys,
  'index.dir': text('index-data', 'Directory of the embedded database, where no server is named.'),
  'index.database_url': text('', 'Postgres server; default: DATABASE_URL, else the embedded database.'),
  'index.operator_port': integer(0, 'Port of /metrics, /healthz, /readyz on loopback; 0 takes a free one.', { max: 65_535 }),
  'graphql.host': text('127.0.0.1', 'Address of GraphQL; the API is read-only.'),
  'graphql.port': integer(4000, 'Port of GraphQL; 0 takes a free one.', { max: 65_535 }),
} as const;

type IndexConfig = Values<typeof indexSchema>;

/** `assay index`, `assay graphql` */
export const registerIndex: Register = (program, context) => {
  program
    .command('index')
    .description('follow a chain from its first block, verify every block, and keep it in a database; with --graphql also answer questions')
    .option('--graphql', 'serve GraphQL from this process (the embedded database belongs to one process)')
    .action((options: { graphql?: boolean }, command: Command) => index(context, command, options.graphql ?? false));
  program
    .command('graphql')
    .description('serve GraphQL over a Postgres database that `assay index` fills')
    .action((_options: object, command: Command) => graphql(context, command));
};

async function index(context: Context, command: Command, withGraphql: boolean): Promise<void> {
  const config = configFor(indexSchema, command);
  await running(config, async (database, shutdown) => {
    const indexer = await startIndexer({
      database,
      rpc: config['chain.rpc'],
      ...(config['chain.id'] && { chainId: config['chain.id'] }),
      operatorPort: config['index.operator_port'],
      pollMs: config['chain.poll_ms'],
      shutdown,
    });
    context.terminal.out(`indexing into ${database.kind}, metrics http://127.0.0.1:${indexer.operatorPort ?? 0}`);
    if (withGraphql) {
      const { url } = await startGraphql({ database, host: config['graphql.host'], port: config['graphql.port'], shutdown });
      context.terminal.out(`graphql ${url}`);
    }
    await indexer.done;
  });
}

async function graphql(context: Context, command: Command): Promise<void> {
  const config = configFor(indexSchema, command);
  required('index.database_url', databaseUrl(config));
  await running(config, async (database, shutdown) => {
    const { url } = await startGraphql({ database, host: config['graphql.host'], port: config['graphql.port'], shutdown });
    context.terminal.out(`graphql ${url}`);
    await new Promise<void>((resolve) => shutdown.signal.addEventListener('abort', () => resolve(), { once: true }));
  });
}

async function running(config: IndexConfig, action: (database: Database, shutdown: Shutdown) => Promise<void>): Promise<void> {
  const shutdown = createShutdown();
  onSignals(shutdown);
  const url = databaseUrl(config);
  const database = await openDatabase(url ? { url } : { dataDir: config['index.dir'] });
  shutdown.add(() => database.close());
  try {
    await action(database, shutdown);
  } finally {
    await shutdown.stop('ended');
  }
}

function databaseUrl(config: IndexConfig): string {
  return config['index.database_url'] || (process.env['DATABASE_URL'] ?? '');
}
