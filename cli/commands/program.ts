import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { BlobStore } from '../../src/blobs/index.js';
import { AssayError } from '../../src/errors.js';
import { prepare } from '../../src/onnx/index.js';
import { print, type Context, type Register } from '../context.js';
import { preparedFile, writePrepared } from '../prepared-file.js';
import { registerGenerate } from './generate.js';

interface PrepareOptions {
  readonly shape: Readonly<Record<string, readonly number[]>>;
  readonly store: string;
  readonly timeout: number;
  readonly out?: string;
}

/** `assay program prepare`, `assay program generate` */
export const registerProgram: Register = (program, context) => {
  const group = program.command('program').description('programs: the canonical form of a model that the chain can judge');
  group
    .command('prepare <file>')
    .description('derive a program record from an ONNX file, check it bit for bit, and store record and weights')
    .option('--shape <input=d0,d1,…>', 'static shape of an open input; repeat for several', parseShape, {})
    .option('--store <dir>', 'blob store to put record and weights into', 'blobs')
    .option('--timeout <seconds>', 'time that all runs and checks together may take', parseSeconds, 3600)
    .option('--out <file>', 'where to write the summary that `assay publish` reads (default: FILE.json in the store)')
    .action((file: string, options: PrepareOptions, command: Command) => prepareFile(context, command, file, options));
  registerGenerate(group, context);
};

async function prepareFile(context: Context, command: Command, path: string, options: PrepareOptions): Promise<void> {
  const file = await readFile(path).catch((cause: unknown) => {
    throw new AssayError('FILE_UNREADABLE', `${path} cannot be read`, { cause });
  });
  const prepared = await prepare(file, { shapes: options.shape, timeoutMs: 1000 * options.timeout });
  await mkdir(options.store, { recursive: true });
  const store = await BlobStore.open(options.store);
  await store.putProgram(prepared.programRoot, prepared.record);
  for (const weight of prepared.weights) await store.putTensor(weight);
  await store.putRoots(prepared.weightRoots);
  const summary = preparedFile(prepared);
  const out = options.out ?? join(options.store, `${basename(path)}.json`);
  await writePrepared(out, summary);
  const { nodes, weights, worstProof, macs, traceBytes, weightBytes } = prepared.summary;
  print(context, command, { ...summary, file: out }, [
    `program ${summary.program_root}`,
    `weights ${summary.weights_root} (${weights} tensors, ${megabytes(weightBytes)})`,
    `${nodes} nodes, ${(macs / 1e6).toFixed(1)} million multiply-adds, trace ${megabytes(traceBytes)}, dearest proof ${(worstProof / 1024).toFixed(0)} KiB`,
    `default tolerance: ${summary.tolerance.abs} + ${summary.tolerance.rel} x |value|`,
    ...prepared.warnings.map((w) => `warning: ${w}`),
    `written: ${out}; next: assay publish ${out}`,
  ]);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function parseSeconds(text: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(text)) throw new AssayError('CLI_ARGUMENT', `timeout: expected whole seconds from 1 to 999999, found "${text}"`);
  return Number(text);
}

function parseShape(text: string, previous: PrepareOptions['shape']): PrepareOptions['shape'] {
  const match = /^([^=]+)=([1-9][0-9]{0,8}(?:,[1-9][0-9]{0,8})*)$/.exec(text);
  if (!match) throw new AssayError('CLI_ARGUMENT', `shape: expected name=1,3,48,320, found "${text}"`);
  return { ...previous, [match[1]!]: match[2]!.split(',').map(Number) };
}
