import { dataRoot } from '../src/merkle/index.js';
import { createBundle, writeRoots, writeTensor, type BundleRoots } from '../src/onnx/bundle.js';
import { DTYPE, encodeProgram, KIND, runNodes, sameTensor, toLayout, valueTypes, type Program, type Runtime, type Tensor } from '../src/onnx/index.js';
import { AssayError } from '../src/errors.js';

// Cheating code: it lives here alone. A forged run is what a dishonest worker would commit to and defend.

/** Numbers of one tensor, float32 or int64, that are changed on the way: multiplied by `factor`, or made `to`. */
export type Forgery = {
  readonly kind: 'weight' | 'activation' | 'output';
  readonly index: number;
  /** in memory order */
  readonly element: number;
  /** how many elements from there on; one by default */
  readonly count?: number;
} & ({ readonly factor: number } | { readonly to: number });

/** A forged run: everything that the cheat commits to. */
export interface ForgedRun {
  /** every VALUE in order, row-major */
  readonly values: readonly Tensor[];
  /** committed outputs, row-major */
  readonly outputs: readonly Tensor[];
  /** whether any bit of an output differs from the honest run */
  readonly moved: boolean;
  /** the number before and after; the first of several */
  readonly before: number;
  readonly after: number;
}

/** A program that runs: record, weights in layout, inputs row-major. */
export interface Execution {
  readonly program: Program;
  readonly weights: readonly Uint8Array[];
  readonly inputs: readonly Tensor[];
}

/** Runs honestly and returns every VALUE in order, row-major. */
export async function honestValues(run: Execution, runtime?: Runtime): Promise<Tensor[]> {
  const { program, weights, inputs } = run;
  return ordered(program, await runNodes(program, weights, inputs, new Map(), 0, program.nodes.length, { runtime }));
}

/**
 * Runs with some numbers changed; everything after them is computed honestly from what they became.
 *
 * @param honest all VALUEs of the honest run, from {@link honestValues}
 * @throws `FORGERY` when the place does not exist, or is neither float32 nor int64
 */
export async function forge(run: Execution, honest: readonly Tensor[], forgery: Forgery, runtime?: Runtime): Promise<ForgedRun> {
  const { program, inputs } = run;
  const last = program.nodes.length;
  const outputsOf = (values: readonly Tensor[]): Tensor[] => program.outputs.map((o) => values[o.index]!);
  const honestOutputs = outputsOf(honest);
  let values: readonly Tensor[] = honest;
  let outputs = honestOutputs;
  let changed: Changed;
  if (forgery.kind === 'weight') {
    const type = program.weights[forgery.index];
    changed = changedBy(type && { dtype: type.dtype, data: run.weights[forgery.index]! }, forgery);
    const weights = run.weights.with(forgery.index, changed.data);
    const first = program.nodes.findIndex((n) => n.inputs.some((o) => o.kind === KIND.weight && o.index === forgery.index));
    values = await rerun({ ...run, weights }, honest, first, last, inputs, runtime);
    outputs = outputsOf(values);
  } else if (forgery.kind === 'activation') {
    changed = changedBy(honest[forgery.index], forgery);
    const node = program.nodes.findIndex((n) => n.first <= forgery.index && forgery.index < n.first + n.outputs.length);
    const start = honest.with(forgery.index, { ...honest[forgery.index]!, data: changed.data });
    values = await rerun(run, start, node + 1, last, inputs, runtime);
    outputs = outputsOf(values);
  } else {
    changed = changedBy(honestOutputs[forgery.index], forgery);
    outputs = honestOutputs.with(forgery.index, { ...honestOutputs[forgery.index]!, data: changed.data });
  }
  const moved = outputs.some((t, i) => !sameTensor(t, honestOutputs[i]!));
  return { values, outputs, moved, before: changed.before, after: changed.after };
}

/** Runs nodes [from, to) anew on the VALUEs before them and returns the whole list. */
async function rerun(run: Execution, values: readonly Tensor[], from: number, to: number, inputs: readonly Tensor[], runtime?: Runtime): Promise<Tensor[]> {
  const { program, weights } = run;
  if (from >= to) return [...values];
  const boundary = program.nodes[from]!.first;
  const known = new Map(values.slice(0, boundary).map((t, v) => [v, t]));
  const needed = new Set(program.nodes.slice(from, to).flatMap((n) => n.inputs.filter((o) => o.kind === KIND.value).map((o) => o.index)));
  for (const v of known.keys()) if (!needed.has(v)) known.delete(v);
  const produced = await runNodes(program, weights, inputs, known, from, to, { runtime });
  return values.map((t, v) => produced.get(v) ?? t);
}

interface Changed {
  readonly data: Uint8Array;
  readonly before: number;
  readonly after: number;
}

/** A copy of a tensor with the forgery's elements changed. */
function changedBy(tensor: { readonly dtype: number; readonly data: Uint8Array } | undefined, forgery: Forgery): Changed {
  const { kind, index, element, count = 1 } = forgery;
  const width = tensor?.dtype === DTYPE.float32 ? 4 : tensor?.dtype === DTYPE.int64 ? 8 : undefined;
  if (tensor === undefined || width === undefined || !(element >= 0 && count > 0 && (element + count) * width <= tensor.data.length)) {
    throw new AssayError('FORGERY', `${kind} ${index} has no float32 or int64 elements ${element} to ${element + count - 1}`);
  }
  const data = Uint8Array.from(tensor.data);
  const view = new DataView(data.buffer);
  const read = (e: number): number => (width === 4 ? view.getFloat32(4 * e, true) : Number(view.getBigInt64(8 * e, true)));
  const before = read(element);
  for (let e = element; e < element + count; e++) {
    const value = 'to' in forgery ? forgery.to : read(e) * forgery.factor;
    if (width === 4) view.setFloat32(4 * e, value, true);
    else view.setBigInt64(8 * e, BigInt(Math.round(value)), true);
  }
  return { data, before, after: read(element) };
}

/** Writes a forged run as a bundle, with the weights that the publisher committed to, and returns its roots. */
export async function writeForged(run: Execution, forged: Pick<ForgedRun, 'values' | 'outputs'>, dir: string): Promise<BundleRoots> {
  const { program, weights, inputs } = run;
  await createBundle(dir, encodeProgram(program));
  const types = valueTypes(program);
  const write = (kind: 'input' | 'weight' | 'value' | 'output', list: readonly Uint8Array[]): Promise<Uint8Array[]> =>
    Promise.all(list.map((data, i) => writeTensor(dir, kind, i, data)));
  const roots = {
    input: await write('input', inputs.map((t) => t.data)),
    weight: await write('weight', weights),
    value: await write('value', forged.values.map((t, v) => toLayout(types[v]!, t.data))),
    output: await write('output', forged.outputs.map((t) => t.data)),
  };
  await writeRoots(dir, roots);
  return roots;
}

/** Data roots of the VALUEs of a run, without writing them. */
export function rootsOfValues(program: Program, values: readonly Tensor[]): Uint8Array[] {
  const types = valueTypes(program);
  return values.map((t, v) => dataRoot(toLayout(types[v]!, t.data)));
}

function ordered(program: Program, produced: ReadonlyMap<number, Tensor>): Tensor[] {
  return Array.from({ length: program.values }, (_, v) => {
    const tensor = produced.get(v);
    if (tensor === undefined) throw new AssayError('FORGERY', `the run did not yield VALUE ${v}`, { decision: 'bug' });
    return tensor;
  });
}
