import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { startBeaconSigner } from '../../devnet/beacon-signer.js';
import { devnetDirectory, readState, runningOf, stopDevnet } from '../../devnet/state.js';
import { AssayError } from '../../src/errors.js';
import { createShutdown, onSignals } from '../../src/shutdown.js';
import { parsePort, print, type Context, type Register } from '../context.js';

interface BeaconOptions {
  readonly key: string;
  readonly port: number;
  readonly fault?: 'withhold' | 'forge';
}

/** `assay devnet status | stop | beacon` */
export const registerDevnet: Register = (program, context) => {
  const devnet = program.command('devnet').description('a real local network that `KEEP=1 make demo` left up');
  devnet
    .command('status')
    .description('what runs, and where it answers')
    .action((_options: object, command: Command) => {
      const state = readState(devnetDirectory());
      const running = runningOf(state);
      print(context, command, { ...state, running: running.map((p) => p.name) }, [
        `chain ${state.chainId}, RPC ${state.rpc}, REST ${state.rest}${state.graphql ? `, GraphQL ${state.graphql}` : ''}`,
        ...state.processes.map((p) => `${running.includes(p) ? 'running' : 'ended  '}  ${p.name.padEnd(14)} pid ${p.pid}  log ${p.log}`),
      ]);
    });
  devnet
    .command('stop')
    .description('stop every process of it')
    .action(async (_options: object, command: Command) => {
      readState(devnetDirectory());
      const stopped = await stopDevnet(devnetDirectory());
      print(context, command, { stopped }, [`stopped ${stopped} processes`]);
    });
  devnet
    .command('beacon')
    .description("serve the devnet's randomness over HTTP as a drand relay does (a public network uses a public drand chain)")
    .requiredOption('--key <file>', 'beacon.json, as `assayd testnet` writes it')
    .option('--port <n>', 'port on 127.0.0.1', parsePort, 0)
    .addOption(new Option('--fault <kind>', 'break it on purpose').choices(['withhold', 'forge']))
    .action((options: BeaconOptions) => serveBeacon(context, options));
};

async function serveBeacon(context: Context, options: BeaconOptions): Promise<void> {
  const shutdown = createShutdown();
  onSignals(shutdown);
  const signer = await startBeaconSigner({ ...(await readBeaconKey(options.key)), port: options.port, fault: options.fault });
  shutdown.add(() => signer.close());
  context.terminal.out(`beacon ${signer.url}`);
}

/** Reads `beacon.json`: secret_key (64 hex digits), genesis time (RFC 3339) and period. @throws `BEACON_KEY` */
async function readBeaconKey(path: string): Promise<{ secret: Uint8Array; genesisMs: number; periodMs: number }> {
  try {
    const found = JSON.parse(await readFile(path, 'utf8')) as { secret_key?: unknown; genesis_time?: unknown; period_ms?: unknown };
    const genesisMs = Date.parse(String(found.genesis_time));
    const periodMs = Number(found.period_ms);
    if (/^[0-9a-f]{64}$/.test(String(found.secret_key)) && Number.isFinite(genesisMs) && periodMs > 0) {
      return { secret: Buffer.from(String(found.secret_key), 'hex'), genesisMs, periodMs };
    }
  } catch (cause) {
    throw new AssayError('BEACON_KEY', `${path} cannot be read as JSON`, { cause });
  }
  throw new AssayError('BEACON_KEY', `${path}: expected secret_key (64 hex digits), genesis_time (RFC 3339) and period_ms`);
}
