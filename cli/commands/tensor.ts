import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { parseRoot } from '../../src/blobs/index.js';
import { needingDisk } from '../../src/disk.js';
import { AssayError } from '../../src/errors.js';
import { chunkCount } from '../../src/merkle/index.js';
import { createShutdown, onSignals } from '../../src/shutdown.js';
import { blobsOf, clientSchema, configFor } from '../client.js';
import { print, type Context, type Register } from '../context.js';

interface TensorOptions {
  readonly size: number;
  readonly chunks?: readonly ChunkRange[];
  readonly out: string;
}

interface ChunkRange {
  readonly first: number;
  readonly count: number;
}

/** `assay tensor` */
export const registerTensor: Register = (program, context) => {
  program
    .command('tensor <endpoint> <root>')
    .description('fetch a tensor, or some chunks of it, from an endpoint, each byte checked against the data root; a whole one goes on where it was cut')
    .requiredOption('--size <bytes>', 'bytes of the tensor, as its program states them: the root alone does not fix where a chunk stands', parseSize)
    .option('--chunks <list>', 'only these chunks of 1,024 bytes, such as 3-9,12: what `assayd referee reads` lists of one element', parseChunks)
    .requiredOption('--out <file>', 'where to write the bytes; chunks one after the other')
    .action((endpoint: string, root: string, options: TensorOptions, command: Command) => fetchTensor(context, command, endpoint, parseRoot(root), options));
};

async function fetchTensor(context: Context, command: Command, endpoint: string, root: Uint8Array, { size, chunks, out }: TensorOptions): Promise<void> {
  const beyond = chunks?.find(({ first, count }) => first + count > chunkCount(size));
  if (beyond) throw new AssayError('CLI_ARGUMENT', `chunks: the tensor has ${chunkCount(size)}, found ${beyond.first + beyond.count - 1}`);
  const shutdown = createShutdown();
  onSignals(shutdown);
  const part = `${out}.part`;
  try {
    const { store, blobs } = await blobsOf(configFor(clientSchema, command), shutdown.signal);
    await mkdir(dirname(out), { recursive: true });
    if (!chunks) {
      await blobs.tensor([endpoint], root, size);
      await needingDisk(out, size, () => copyFile(store.path('tensor', root), part));
    } else {
      const file = await open(part, 'w');
      try {
        for (const { first, count } of chunks) {
          const bytes = await blobs.chunks([endpoint], root, size, first, count);
          await needingDisk(out, bytes.length, () => file.writeFile(bytes));
        }
      } finally {
        await file.close();
      }
    }
    await rename(part, out);
  } finally {
    await rm(part, { force: true });
    await shutdown.stop('done');
  }
  const count = chunks ? chunks.reduce((sum, c) => sum + c.count, 0) : chunkCount(size);
  print(context, command, { root, size, chunks: count, file: out }, [`${count} of ${chunkCount(size)} chunks, verified: ${out}`]);
}

function parseSize(text: string): number {
  if (!/^[1-9][0-9]{0,12}$/.test(text)) throw new AssayError('CLI_ARGUMENT', `size: expected a number of bytes, found "${text}"`);
  return Number(text);
}

/** Ranges such as `3-9,12`, ascending and apart. @throws AssayError CLI_ARGUMENT */
function parseChunks(text: string): ChunkRange[] {
  const wrong = new AssayError('CLI_ARGUMENT', `chunks: expected ascending numbers and ranges such as 3-9,12, found "${text.slice(0, 80)}"`);
  let next = 0;
  return text.split(',').map((part) => {
    const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part);
    if (!match) throw wrong;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first < next || last < first) throw wrong;
    next = last + 1;
    return { first, count: last - first + 1 };
  });
}
