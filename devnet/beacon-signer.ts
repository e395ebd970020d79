import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AssayError } from '../src/errors.js';
import { beaconPublicKey, randomness, signRound } from './beacon-keys.js';

/** What a beacon signer signs for: the same numbers as the chain's beacon parameters. */
export interface BeaconSignerOptions {
  /** 32 bytes. A devnet's key alone; a public network follows a public drand chain. */
  secret: Uint8Array;
  /** Nominal time of round 1, milliseconds since 1970. */
  genesisMs: number;
  periodMs: number;
  /** 0 picks a free port. Always on 127.0.0.1. */
  port?: number;
  /** Test switch of the devnet: `withhold` answers no round, `forge` signs another round's message. */
  fault?: 'withhold' | 'forge';
  now?: () => number;
}

/** A running signer. */
export interface BeaconSigner {
  readonly url: string;
  readonly publicKey: Uint8Array;
  /** Changes the fault of a running signer; `undefined` heals it. */
  setFault(fault: BeaconSignerOptions['fault']): void;
  close(): Promise<void>;
}

const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');

/**
 * Serves rounds over HTTP as a drand relay does: `/info`, `/public/latest`, `/public/{round}` (404 before a round's time:
 * a signer that answered early would let somebody know their verifiers before they commit).
 */
export async function startBeaconSigner(options: BeaconSignerOptions): Promise<BeaconSigner> {
  const publicKey = beaconPublicKey(options.secret);
  const now = options.now ?? Date.now;
  let fault = options.fault;
  const latest = (): bigint => BigInt(Math.floor((now() - options.genesisMs) / options.periodMs)) + 1n;

  const answer = (request: IncomingMessage): [number, object] => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (request.method !== 'GET') return [405, { error: `expected GET, found ${request.method ?? ''}` }];
    if (path === '/info') {
      return [200, {
        public_key: hex(publicKey), period: options.periodMs / 1000, genesis_time: Math.floor(options.genesisMs / 1000),
        genesis_time_ms: options.genesisMs, period_ms: options.periodMs, schemeID: 'bls-unchained-g1-rfc9380',
      }];
    }
    const match = /^\/public\/(latest|[1-9][0-9]{0,17})$/.exec(path);
    if (!match) return [404, { error: 'expected /info, /public/latest or /public/{round}' }];
    const round = match[1] === 'latest' ? latest() : BigInt(match[1]!);
    if (round < 1n || round > latest()) return [404, { error: `round ${round} is not due; the latest is ${latest()}` }];
    if (fault === 'withhold') return [503, { error: 'this signer withholds its rounds' }];
    const signature = signRound(options.secret, fault === 'forge' ? round + 1n : round);
    return [200, { round: Number(round), randomness: hex(randomness(signature)), signature: hex(signature) }];
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const [status, body] = answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    publicKey,
    setFault: (f) => void (fault = f),
    close: () => new Promise((resolve, reject) => {
      server.closeAllConnections();
      server.close((e) => (e ? reject(e) : resolve()));
    }),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (e: NodeJS.ErrnoException) =>
      reject(e.code === 'EADDRINUSE'
        ? new AssayError('PORT_BUSY', `port ${port} on 127.0.0.1 is taken`, { hint: 'Choose another one with --port.', cause: e })
        : e));
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
