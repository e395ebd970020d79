import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./indexer-child.js', import.meta.url));

/** An indexer in a process of its own, which can be killed. */
export interface IndexerProcess {
  /** Resolves once it told of a stored height of at least this, or ended. */
  reached(height: number): Promise<void>;
  /** SIGKILL. Resolves to the signal that ended it; null if it had ended by itself. */
  kill(): Promise<NodeJS.Signals | null>;
}

/** @param where a data directory or a Postgres URL @param batchBlocks most blocks of one transaction */
export function spawnIndexer(rpc: string, where: string, batchBlocks: number): IndexerProcess {
  const child = spawn(process.execPath, [CHILD, rpc, where, String(batchBlocks)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<NodeJS.Signals | null>((resolve) => child.on('exit', (_, signal) => resolve(signal)));
  let told = -1;
  const onTold = new Set<() => void>();
  // Read to the end: a closed pipe would end the child before it is killed.
  child.stdout.on('data', (text: Buffer) => {
    told = Math.max(told, ...text.toString().split('\n').filter(Boolean).map(Number));
    for (const check of onTold) check();
  });
  return {
    reached: (height) => Promise.race([exited.then(() => undefined), new Promise<void>((resolve) => {
      const check = () => (told >= height ? resolve() : undefined);
      onTold.add(check);
      check();
    })]),
    kill() {
      child.kill('SIGKILL');
      return exited;
    },
  };
}
