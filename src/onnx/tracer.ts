// Builds a trace segment by segment, in the child process: memory holds one segment and what later segments read.
import { dataRoot } from '../merkle/index.js';
import { createBundle, writeRoots, writeTensor, type BundleRoots } from './bundle.js';
import { loadEngine, type EngineOptions } from './engine.js';
import { refuse } from './errors.js';
import { toLayout, type TensorType } from './layout.js';
import { KIND, type Program } from './program.js';
import { encodeProgram } from './record.js';
import { regenerateRange, rowMajorWeights, tensorName } from './regenerate.js';
import { byteLength, sameDims, type Tensor } from './tensor.js';
import './sha256.js';

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
 * Runs every node un-optimised, writes each VALUE in its layout to the bundle and returns all data roots.
 *
 * @throws OnnxError RUNTIME_FAILED, also when the runtime's shapes differ from the record's
 */
export async function buildTrace(request: TraceRequest): Promise<BundleRoots> {
  const { program, weights, inputs, dir } = request;
  await createBundle(dir, encodeProgram(program));
  const value: Uint8Array[] = [];
  const results = new Map<number, Tensor>();
  const wanted = new Set(program.outputs.map((o) => o.index));
  await walkTrace(request, async (v, type, tensor) => {
    value.push(await writeTensor(dir, 'value', v, toLayout(type, tensor.data)));
    if (wanted.has(v)) results.set(v, tensor);
  });
  const outputs = request.outputs ?? program.outputs.map((o) => results.get(o.index)!);
  const writeAll = (kind: 'input' | 'weight' | 'output', list: readonly Uint8Array[]): Promise<Uint8Array[]> =>
    Promise.all(list.map((data, i) => writeTensor(dir, kind, i, data)));
  const roots = {
    input: await writeAll('input', inputs.map((t) => t.data)),
    weight: await writeAll('weight', weights),
    value,
    output: await writeAll('output', outputs.map((t) => t.data)),
  };
  await writeRoots(dir, roots);
  return roots;
}

/** Data roots of all VALUEs without writing them: what a verifier compares with the roots of a worker's trace. */
export async function traceRoots(request: Omit<TraceRequest, 'dir' | 'outputs'>): Promise<Uint8Array[]> {
  const roots: Uint8Array[] = [];
  await walkTrace(request, async (_, type, tensor) => {
    roots.push(dataRoot(toLayout(type, tensor.data)));
  });
  return roots;
}

/** Receives VALUE v, row-major. */
export type Visit = (v: number, type: TensorType, tensor: Tensor) => Promise<void>;

/** Visits every VALUE in order, holding one segment and what later segments read. */
export async function walkTrace(request: Omit<TraceRequest, 'dir' | 'outputs'>, visit: Visit): Promise<void> {
  const { program, inputs, engine } = request;
  const weights = rowMajorWeights(program, request.weights);
  const lastReader = lastReaders(program);
  const live = new Map<number, Tensor>();
  for (const [from, to] of segments(program, request.segmentBytes ?? DEFAULT_SEGMENT_BYTES)) {
    const produced = await runSegment(program, weights, inputs, live, from, to, engine);
    for (const node of program.nodes.slice(from, to))
      for (const [k, type] of node.outputs.entries()) {
        const v = node.first + k;
        const tensor = produced.get(v)!;
        produced.delete(v);
        await visit(v, type, tensor);
        if ((lastReader.get(v) ?? -1) >= to) live.set(v, tensor);
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
