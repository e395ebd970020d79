// Builds a trace segment by segment, in the child process: memory holds one segment and what later segments read.
import { isDiskFull } from '../disk.js';
import { dataRoot } from '../merkle/index.js';
import { createBundle, readTensor, writeRoots, writeTensor, type BundleRoots } from './bundle.js';
import { loadEngine, nativeModuleInUse, type EngineOptions } from './engine.js';
import { OnnxError, refuse } from './errors.js';
import { fromLayout, toLayout, type TensorType } from './layout.js';
import { describeRuntime } from './profile.js';
import { KIND, traceBytes, valueTypes, type Program } from './program.js';
import { encodeProgram } from './record.js';
import { regenerateRange, rowMajorWeights, tensorName } from './regenerate.js';
import { sha256 } from './sha256.js';
import { byteLength, sameDims, type Tensor } from './tensor.js';
import { TraceJournal } from './trace-journal.js';

/** Where and how a trace is made. */
export interface TraceRequest {
  readonly program: Program;
  /** bytes in layout */
  readonly weights: readonly Uint8Array[];
  readonly inputs: readonly Tensor[];
  /** directory of the bundle; made when missing */
  readonly dir: string;
  /** committed outputs, when they are not the trace's own (a worker may have served optimised) */
  readonly outputs?: readonly Tensor[];
  readonly engine?: EngineOptions;
  /** bytes of VALUEs that one segment may hold */
  readonly segmentBytes?: number;
}

/** VALUEs of one segment of a trace: enough for few sessions, small beside any machine's memory. */
export const DEFAULT_SEGMENT_BYTES = 64 * 2 ** 20;

/**
 * Runs every node un-optimised, writes each VALUE in its layout to the bundle and returns all data roots. A trace of the same
 * program, tensors and runtime that was interrupted in `dir` goes on after the last segment that is there whole.
 *
 * @throws OnnxError RUNTIME_FAILED, also when the runtime's shapes differ from the record's; DISK_FULL
 */
export async function buildTrace(request: TraceRequest): Promise<BundleRoots> {
  try {
    return await build(request);
  } catch (cause) {
    if (!isDiskFull(cause)) throw cause;
    const bytes = [...request.weights, ...request.inputs.map((t) => t.data)].reduce((sum, data) => sum + data.length, traceBytes(request.program));
    throw new OnnxError('DISK_FULL', `${request.dir} cannot be written: no space is left`, {
      cause,
      hint: `The trace takes ${Math.ceil(bytes / 2 ** 20)} MiB in all; make room and trace again: what was written whole is kept.`,
    });
  }
}

async function build(request: TraceRequest): Promise<BundleRoots> {
  const { program, inputs, dir } = request;
  const record = encodeProgram(program);
  await createBundle(dir, record);
  const writeAll = (kind: 'input' | 'weight' | 'output', list: readonly Uint8Array[]): Promise<Uint8Array[]> =>
    Promise.all(list.map((data, i) => writeTensor(dir, kind, i, data)));
  const input = await writeAll('input', inputs.map((t) => t.data));
  const weight = await writeAll('weight', request.weights);
  const journal = await TraceJournal.open(dir, await traceKey(request, record, input, weight));
  const value: Uint8Array[] = [];
  const results = new Map<number, Tensor>();
  const wanted = new Set(program.outputs.map((o) => o.index));
  const types = valueTypes(program);
  const range = (from: number, to: number): [first: number, end: number] => [program.nodes[from]!.first, program.nodes[to]?.first ?? program.values];
  await walkTrace(request, {
    async restore(from, to, isRead) {
      const [first, end] = range(from, to);
      const roots = journal.next(from, to, end - first);
      if (!roots) return undefined;
      const live = new Map<number, Tensor>();
      for (const [k, root] of roots.entries()) {
        const v = first + k;
        const bytes = await readTensor(dir, 'value', v, root).catch(() => undefined);
        if (!bytes) return undefined;
        if (!isRead(v) && !wanted.has(v)) continue;
        const tensor = fromLayout(types[v]!, bytes);
        if (isRead(v)) live.set(v, tensor);
        if (wanted.has(v)) results.set(v, tensor);
      }
      value.push(...roots);
      journal.keep(from, to, roots);
      return live;
    },
    async visit(v, type, tensor) {
      value.push(await writeTensor(dir, 'value', v, toLayout(type, tensor.data)));
      if (wanted.has(v)) results.set(v, tensor);
    },
    ran: (from, to) => journal.add(from, to, value.slice(...range(from, to))),
  });
  const outputs = request.outputs ?? program.outputs.map((o) => results.get(o.index)!);
  const roots = { input, weight, value, output: await writeAll('output', outputs.map((t) => t.data)) };
  await writeRoots(dir, roots);
  return roots;
}

/** What a trace is of: two with the same key have the same VALUEs, but for what threads add in another order. */
async function traceKey(request: TraceRequest, record: Uint8Array, input: readonly Uint8Array[], weight: readonly Uint8Array[]): Promise<string> {
  const { backend = 'ort-node', threads = 1 } = request.engine ?? {};
  const { version, libraryHash, instructionSet } = await describeRuntime({ backend, threads });
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const parts = [hex(sha256(record)), input.map(hex), weight.map(hex), backend, threads, version, hex(libraryHash), instructionSet, nativeModuleInUse() ?? ''];
  return hex(sha256(Buffer.from(JSON.stringify(parts))));
}

/** Data roots of all VALUEs without writing them: what a verifier compares with the roots of a worker's trace. */
export async function traceRoots(request: Omit<TraceRequest, 'dir' | 'outputs'>): Promise<Uint8Array[]> {
  const roots: Uint8Array[] = [];
  await walkTrace(request, {
    async visit(_, type, tensor) {
      roots.push(dataRoot(toLayout(type, tensor.data)));
    },
  });
  return roots;
}

/** What is done with a trace on the way. */
export interface Visitor {
  /** Receives VALUE v, row-major. */
  visit(v: number, type: TensorType, tensor: Tensor): Promise<void>;
  /** The VALUEs of nodes [from, to) that later segments read, where an earlier trace left the segment; else it runs. */
  restore?(from: number, to: number, isRead: (v: number) => boolean): Promise<Map<number, Tensor> | undefined>;
  /** Told of every segment that ran, once its VALUEs were visited. */
  ran?(from: number, to: number): Promise<void>;
}

/** Visits every VALUE in order, holding one segment and what later segments read. */
export async function walkTrace(request: Omit<TraceRequest, 'dir' | 'outputs'>, visitor: Visitor): Promise<void> {
  const { program, inputs, engine } = request;
  const weights = rowMajorWeights(program, request.weights);
  const lastReader = lastReaders(program);
  const live = new Map<number, Tensor>();
  for (const [from, to] of segments(program, request.segmentBytes ?? DEFAULT_SEGMENT_BYTES)) {
    const isRead = (v: number): boolean => (lastReader.get(v) ?? -1) >= to;
    const restored = await visitor.restore?.(from, to, isRead);
    if (restored) for (const [v, tensor] of restored) live.set(v, tensor);
    else {
      const produced = await runSegment(program, weights, inputs, live, from, to, engine);
      for (const node of program.nodes.slice(from, to))
        for (const [k, type] of node.outputs.entries()) {
          const v = node.first + k;
          const tensor = produced.get(v)!;
          produced.delete(v);
          await visitor.visit(v, type, tensor);
          if (isRead(v)) live.set(v, tensor);
        }
      await visitor.ran?.(from, to);
    }
    for (const v of [...live.keys()]) if (lastReader.get(v)! < to) live.delete(v);
  }
}

/**
 * Runs nodes [from, to) un-optimised on known values and returns every VALUE they define, row-major.
 *
 * @param known VALUEs defined before `from` that the range reads
 */
export async function runSegment(
  program: Program,
  weights: readonly Tensor[],
  inputs: readonly Tensor[],
  known: ReadonlyMap<number, Tensor>,
  from: number,
  to: number,
  engineOptions: EngineOptions = {},
): Promise<Map<number, Tensor>> {
  const nodes = program.nodes.slice(from, to);
  const computed = nodes.filter((n) => n.op !== 'Relayout').flatMap((n) => n.outputs.map((_, k) => n.first + k));
  const out = new Map<number, Tensor>();
  if (computed.length > 0) {
    const part = regenerateRange(program, weights, from, to, computed);
    const engine = await loadEngine(part.bytes, { ...engineOptions, optimised: false });
    try {
      const feeds = new Map(
        part.inputs.map((o) => {
          const tensor = o.kind === KIND.input ? inputs[o.index] : known.get(o.index);
          return [tensorName(o), tensor ?? refuse('INPUT_MISMATCH', `no tensor for ${tensorName(o)}`)];
        }),
      );
      const results = await engine.run(feeds);
      for (const v of computed) out.set(v, results.get(part.outputs.get(v)!)!);
    } finally {
      await engine.release();
    }
  }
  for (const node of nodes) {
    if (node.op === 'Relayout') {
      const o = node.inputs[0]!;
      const source = o.kind === KIND.input ? inputs[o.index] : o.kind === KIND.weight ? weights[o.index] : (out.get(o.index) ?? known.get(o.index));
      out.set(node.first, source ?? refuse('INPUT_MISMATCH', `no tensor for ${tensorName(o)}`));
    }
    node.outputs.forEach((type, k) => {
      const found = out.get(node.first + k)!;
      if (found.dtype !== type.dtype || !sameDims(found.dims, type.dims))
        refuse('RUNTIME_FAILED', `VALUE ${node.first + k} (${node.op}) came out as [${found.dims.join(',')}], the record says [${type.dims.join(',')}]`);
    });
  }
  return out;
}

/** Ranges of nodes whose VALUEs together stay within `bytes`; a range holds at least one node. */
function* segments(program: Program, bytes: number): Generator<[from: number, to: number]> {
  let from = 0;
  let size = 0;
  for (const [i, node] of program.nodes.entries()) {
    const own = node.outputs.reduce((sum, t) => sum + byteLength(t), 0);
    if (i > from && size + own > bytes) {
      yield [from, i];
      from = i;
      size = 0;
    }
    size += own;
  }
  yield [from, program.nodes.length];
}

/** For each VALUE the index of the last node that reads it. */
function lastReaders(program: Program): Map<number, number> {
  const last = new Map<number, number>();
  program.nodes.forEach((node, i) => {
    for (const o of node.inputs) if (o.kind === KIND.value) last.set(o.index, i);
  });
  return last;
}
