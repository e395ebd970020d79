import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ChainClient, keyFromMnemonic, Sender } from '../../src/chain/index.js';
import { sleep } from '../../src/shutdown.js';

/** A chain of one validator whose blocks come, or why there is none. */
export interface TestNode {
  readonly chainId: string;
  readonly rpc: string;
  readonly client: ChainClient;
  /** Sends as a funded account, or as `validator-0`. */
  sender(name: string): Promise<Sender>;
  stop(): Promise<void>;
}

/** Starts `assayd testnet` with one validator. @param accounts names of funded accounts */
export async function startNode(accounts: readonly string[]): Promise<TestNode | { readonly skip: string }> {
  const assayd = resolve(process.env['ASSAYD'] ?? 'build/assayd');
  if (!existsSync(assayd)) return { skip: `no ${assayd}; run make build, or set ASSAYD` };
  const directory = mkdtempSync(join(tmpdir(), 'assay-node-'));
  const base = await freeBase();
  const chainId = 'assay-index-test';
  const made = spawnSync(assayd, ['testnet', join(directory, 'net'), '--validators', '1', '--chain-id', chainId, '--base-port', String(base), '--accounts', accounts.map((a) => `${a}=1000000000000`).join(',')], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`assayd testnet failed: ${made.stderr}`);
  const log = join(directory, 'log');
  const fd = openSync(log, 'a');
  const child = spawn(assayd, ['start', '--home', join(directory, 'net/node-0')], { stdio: ['ignore', fd, fd] });
  const exited = new Promise<void>((done) => child.on('exit', () => done()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    rmSync(directory, { recursive: true, force: true });
  };
  const rpc = `http://127.0.0.1:${base}`;
  for (let waited = 0; ; waited++) {
    const client = await ChainClient.connect({ rpc: [rpc], chainId, gasPrice: '0.025uassay' }).catch(() => undefined);
    if (client && (await client.head()).height >= 2) {
      const { accounts: funded } = JSON.parse(readFileSync(join(directory, 'net/accounts.json'), 'utf8')) as { accounts: { name: string; mnemonic: string }[] };
      return {
        chainId, rpc, client, stop,
        async sender(name) {
          const account = funded.find((a) => a.name === name);
          if (!account) throw new Error(`no account ${name}`);
          return new Sender(client, { key: await keyFromMnemonic(account.mnemonic) });
        },
      };
    }
    if (waited > 300 || child.exitCode !== null) {
      const said = readFileSync(log, 'utf8').slice(-2_000);
      await stop();
      throw new Error(`assayd made no block: ${said}`);
    }
    await sleep(200);
  }
}

/** A base whose four ports (RPC, P2P, gRPC, REST) are free now. */
async function freeBase(): Promise<number> {
  for (let base = 31_000 + (process.pid % 500) * 7; ; base += 7) {
    const free = await Promise.all([0, 100, 200, 300].map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer().once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
