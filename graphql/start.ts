import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eq } from 'drizzle-orm';
import { createYoga } from 'graphql-yoga';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { schema, type Database } from '../src/db/index.js';
import { AssayError } from '../src/errors.js';
import { createLogger, type Logger } from '../src/log.js';
import { createShutdown, type Shutdown } from '../src/shutdown.js';
import { readIndex, type Context } from './context.js';
import { maskError } from './errors.js';
import { LIMITS } from './limits.js';
import { page } from './page.js';
import { limitTokens, pinHeight } from './plugins.js';
import { graphqlSchema } from './schema.js';

/** Configuration of {@link startGraphql}. */
export interface GraphqlConfig {
  /** Open database, from `openDatabase`. A PGlite one is shared with the indexer of this process. */
  readonly database: Database;
  /** Port; 0 takes a free one. Default 4000. */
  readonly port?: number;
  /** Address to listen on. Default loopback; the API is read-only and public by design. */
  readonly host?: string;
  /** `/readyz` answers 200 when at most this many blocks behind. Default 5. */
  readonly readyLag?: number;
  /** Serve `/metrics` here. Default false: metrics belong on loopback. */
  readonly metrics?: boolean;
  readonly logger?: Logger;
  readonly shutdown?: Shutdown;
}

/** A running server. */
export interface GraphqlServer {
  /** `http://host:port/graphql`. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Serves the index over GraphQL: `/graphql`, `/healthz`, `/readyz`; a browser that opens `/graphql` gets a small page
 * that loads nothing from anywhere else.
 *
 * @example
 * const server = await startGraphql({ database, port: 4000 });
 * console.log(server.url);
 *
 * @throws AssayError PORT_BUSY
 */
export async function startGraphql(config: GraphqlConfig): Promise<GraphqlServer> {
  const logger = config.logger ?? createLogger({ name: 'graphql' });
  const own = createShutdown();
  config.shutdown?.add(() => own.stop());
  const { db } = config.database;
  const registry = new Registry();
  if (config.metrics) collectDefaultMetrics({ register: registry });
  const seconds = new Histogram({ name: 'assay_graphql_request_seconds', help: 'Time of one request.', labelNames: ['status'], buckets: [0.005, 0.02, 0.1, 0.5, 2, 10], registers: [registry] });

  const yoga = createYoga<object, Context>({
    schema: graphqlSchema,
    context: async (): Promise<Context> => {
      const index = await readIndex(db);
      return { db, index, height: index.head };
    },
    plugins: [limitTokens(), pinHeight()],
    maskedErrors: { maskError: (error) => maskError(error, (cause) => logger.error({ msg: 'Failed to answer', err: cause })) },
    graphiql: false,
    landingPage: false,
    batching: false,
    multipart: false,
    logging: false,
    cors: { origin: '*', credentials: false, methods: ['GET', 'POST', 'OPTIONS'] },
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    switch (pathname) {
      case '/graphql': {
        if (request.method === 'GET' && !request.url?.includes('query=') && (request.headers.accept ?? '').includes('text/html')) return page(response);
        if (Number(request.headers['content-length'] ?? 0) > LIMITS.bodyBytes || request.headers['transfer-encoding'] !== undefined) return tooLarge(response);
        const end = seconds.startTimer();
        await yoga(request, response);
        end({ status: String(response.statusCode) });
        return;
      }
      case '/healthz':
        return plain(response, 200, 'ok');
      case '/readyz': {
        const reason = await unready(config.database, config.readyLag ?? 5);
        return plain(response, reason === undefined ? 200 : 503, reason ?? 'ok');
      }
      case '/metrics':
        return config.metrics ? plain(response, 200, await registry.metrics()) : plain(response, 404, 'not served here');
      default:
        return plain(response, 404, 'expected /graphql, /healthz or /readyz');
    }
  };
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16 * 1024 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      logger.error({ msg: 'Failed to answer', err: error });
      if (!response.headersSent) plain(response, 500, 'something went wrong here');
      else response.destroy();
    });
  });
  const host = config.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new AssayError('PORT_BUSY', `cannot listen on ${host}:${config.port ?? 4000}`, { cause, hint: 'Choose another port.' })));
    server.listen(config.port ?? 4000, host, resolve);
  });
  own.add(() => new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  }));
  const { port } = server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/graphql`;
  logger.info({ msg: 'Serving GraphQL', url });
  return { url, port, stop: () => own.stop() };
}

/** Why the server should get no traffic, or undefined. */
async function unready({ db }: Database, readyLag: number): Promise<string | undefined> {
  const [cursor] = await db.select({ height: schema.cursor.height }).from(schema.cursor).where(eq(schema.cursor.id, 1));
  const [tip] = await db.select({ height: schema.tip.height }).from(schema.tip).where(eq(schema.tip.id, 1));
  if (!cursor || !tip) return 'nothing is indexed yet';
  const lag = tip.height - cursor.height;
  return lag > readyLag ? `behind by ${lag} blocks` : undefined;
}

/** A body without a length is refused too: nothing that talks GraphQL sends one. */
function tooLarge(response: ServerResponse): void {
  response.writeHead(413, { 'content-type': 'application/json', connection: 'close' })
    .end(JSON.stringify({ errors: [{ message: `expected a body of stated length, at most ${LIMITS.bodyBytes} bytes`, extensions: { code: 'QUERY_TOO_LARGE' } }] }));
}

function plain(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${body}\n`);
}
