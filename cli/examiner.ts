import { join } from 'node:path';
import type { BlobClient } from '../src/blobs/index.js';
import type { ChainClient } from '../src/chain/index.js';
import { runtimeKeys, type Values } from '../src/config/index.js';
import { createExecutor, MaterialsLoader } from '../src/jobs/index.js';
import type { Shutdown } from '../src/shutdown.js';
import { createReferee, Examiner } from '../validator/index.js';
import { clientSchema } from './client.js';

/** Keys of the commands that re-execute jobs: those of a client, and how models run. */
export const examinerSchema = { ...clientSchema, ...runtimeKeys } as const;

/** An examiner for one command; everything it starts ends with `shutdown`. `fast` is {@link createReferee}'s. */
export async function examinerFor(
  config: Values<typeof examinerSchema>,
  chain: ChainClient,
  blobs: BlobClient,
  shutdown: Shutdown,
  { fast = false }: { readonly fast?: boolean } = {},
): Promise<Examiner> {
  const executor = await createExecutor({
    profile: 'ieee-fp32',
    backend: config['runtime.backend'],
    threads: config['runtime.threads'],
    memoryMiB: config['runtime.memory_mib'],
    timeoutMs: config['runtime.timeout_ms'],
  });
  shutdown.add(() => executor.close());
  return new Examiner({
    chain,
    loader: new MaterialsLoader(chain, blobs),
    executor,
    referee: await createReferee(config['client.assayd'], { fast }),
    dir: join(config['client.dir'], 'cases'),
    fetch: { allowPrivate: config['blobs.allow_private'], idleMs: config['blobs.idle_ms'], signal: shutdown.signal },
  });
}
