import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hexRoot, type JobRoots } from '../src/blobs/index.js';
import { writeWhole } from '../src/jobs/index.js';
import { encodeProgram, type Program } from '../src/onnx/index.js';

/** Begins a bundle of a worker's tensors anew: its record and its roots. */
export async function openBundle(dir: string, program: Program, roots: JobRoots): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  const hex = (list: readonly Uint8Array[]): string[] => list.map(hexRoot);
  await writeWhole(join(dir, 'program.bin'), encodeProgram(program));
  await writeWhole(
    join(dir, 'roots.json'),
    JSON.stringify({ input: hex(roots.input), weight: hex(roots.weight), value: hex(roots.value ?? []), output: hex(roots.output) }),
  );
}

/** Puts a file into a bundle, as a link where that is possible. */
export async function placeFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await link(from, to).catch(async (error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    await copyFile(from, to);
  });
}
