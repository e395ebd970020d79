import { headerProofBound, macs, MAX_PROOF_BYTES, proofBound } from '../cost.js';
import { loadEngine } from '../engine.js';
import { refuse } from '../errors.js';
import { toLayout } from '../layout.js';
import { parseModel, type ParseLimits, type ParsedModel } from '../parse.js';
import { traceBytes, type Program } from '../program.js';
import { serialise } from '../proto.js';
import { isQuantised } from '../quantised.js';
import { decodeProgram, encodeProgram } from '../record.js';
import { regenerate } from '../regenerate.js';
import { sha256 } from '../sha256.js';
import { sameDims, type Tensor } from '../tensor.js';
import { walkTrace } from '../tracer.js';
import { inlineBranches } from './branches.js';
import { buildProgram, type BuiltProgram } from './build.js';
import { calibrate, type Calibration } from './calibrate.js';
import { constantNames, foldConstants } from './fold.js';
import { fixInputs, hoistConstants, pruneDead, sortNodes } from './file.js';
import { Rewrites, type Graph, type Shape } from './graph.js';
import { normalise, opsetOf } from './normalise.js';
import { lowerOpset } from './opset.js';
import { rewriteNumbers, STAGE_BYTES } from './numeric.js';
import { noise } from './samples.js';
import { walkFile } from './walk.js';

/** Folding may enable a rewrite and a rewrite may leave something to fold; real files settle in three rounds. */
const MAX_ROUNDS = 8;

/** How an ONNX file becomes a program. */
export interface PrepareOptions {
  /** extents of graph inputs by name; needed where the file leaves them open. One static shape is one program. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** inputs that become constants, by name: those that steer control flow */
  readonly bind?: Readonly<Record<string, Tensor>>;
  /** inputs to check and calibrate with, each a list in the order of the remaining graph inputs; default: seeded noise */
  readonly samples?: readonly (readonly Tensor[])[];
  /** bytes of a reduction's operand above which it is staged by axis */
  readonly stageBytes?: number;
  readonly limits?: ParseLimits;
}

/** Name and static type of an input or output, for people. */
export interface NamedShape extends Shape {
  readonly name: string;
}

/** Figures of a prepared program. */
export interface PrepareSummary {
  readonly opset: number;
  readonly fileNodes: number;
  readonly nodes: number;
  readonly values: number;
  readonly weights: number;
  readonly relayouts: number;
  readonly recordBytes: number;
  readonly weightBytes: number;
  readonly traceBytes: number;
  /** multiply-adds of one run */
  readonly macs: number;
  /** bytes of the largest proof any element can need, and its node; −1 is the header */
  readonly worstProof: number;
  readonly worstNode: number;
  readonly inputs: readonly NamedShape[];
  readonly outputs: readonly NamedShape[];
}

/** Everything that preparing yields. */
export interface PreparedParts {
  /** canonical bytes of the program record */
  readonly record: Uint8Array;
  /** bytes of each WEIGHT in its layout */
  readonly weights: readonly Uint8Array[];
  /** SHA-256 of the file: provenance, no more */
  readonly sourceDigest: Uint8Array;
  readonly calibration: Calibration;
  /** what was rewritten, with counts */
  readonly rewrites: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  readonly summary: PrepareSummary;
}

/**
 * Prepares an ONNX file in this process. Only the child of a Runtime calls it: a model can crash its parser.
 *
 * @throws OnnxError for everything in a file that cannot be judged or trusted, and PREPARE_BITS, PREPARE_NOT_IDEMPOTENT
 * when the derivation does not hold what it promises
 */
export async function prepareHere(file: Uint8Array, options: PrepareOptions): Promise<PreparedParts> {
  const rewrites = new Rewrites();
  const digests = new Map<string, Uint8Array>();
  const derived = await derive(file, options, rewrites, digests);
  const { program, record, weights, worst } = derived;
  const plain = await checkBits(derived, digests);
  await checkIdempotence(derived, options);
  const calibration = await calibrate(regenerate(program, weights).bytes, derived.samples.map(regenerated), plain, isQuantised(program));
  return {
    record,
    weights,
    sourceDigest: sha256(file),
    calibration,
    rewrites: rewrites.list,
    warnings: calibration.warning === undefined ? [] : [calibration.warning],
    summary: {
      opset: derived.opset,
      fileNodes: derived.fileNodes,
      nodes: program.nodes.length,
      values: program.values,
      weights: weights.length,
      relayouts: derived.built.relayouts,
      recordBytes: record.length,
      weightBytes: weights.reduce((sum, w) => sum + w.length, 0),
      traceBytes: traceBytes(program),
      macs: program.nodes.reduce((sum, n) => sum + macs(n), 0),
      worstProof: worst.bytes,
      worstNode: worst.node,
      inputs: derived.graph.inputs.map(({ name, type }) => ({ name, dtype: type.dtype, dims: type.dims })),
      outputs: derived.model.graph.output.map((o, k) => {
        const type = program.outputs[k]!.type!;
        return { name: o.name, dtype: type.dtype, dims: type.dims };
      }),
    },
  };
}

interface Derived {
  /** the prepared file: everything that changes numbers has happened */
  readonly model: ParsedModel;
  /** type of every tensor that one of its nodes gives */
  readonly types: ReadonlyMap<string, Shape>;
  readonly graph: Graph;
  readonly built: BuiltProgram;
  readonly program: Program;
  readonly record: Uint8Array;
  readonly weights: readonly Uint8Array[];
  readonly samples: readonly (readonly Tensor[])[];
  readonly opset: number;
  readonly fileNodes: number;
  readonly worst: { readonly bytes: number; readonly node: number };
}

/**
 * File → program: the part that `prepare(regenerate(r)) = r` runs twice.
 *
 * @param digests receives the SHA-256 of every tensor of the prepared file's un-optimised run on the first sample: a trace
 * may not fit in memory
 */
async function derive(file: Uint8Array, options: PrepareOptions, rewrites: Rewrites, digests?: Map<string, Uint8Array>): Promise<Derived> {
  const model = parseModel(file, options.limits);
  const fileNodes = model.graph.node.length;
  const stated = opsetOf(model);
  const inputs = fixInputs(model, options.shapes ?? {}, options.bind ?? {});
  hoistConstants(model.graph);
  sortNodes(model.graph);
  const samples = options.samples ?? noise(inputs.map((i) => i.type));
  samples.forEach((tensors) => checkSample(inputs, tensors));
  const feeds = new Map(inputs.map((i, k) => [i.name, samples[0]![k]!]));
  await inlineBranches(model, feeds, rewrites);
  hoistConstants(model.graph); // constants of inlined branches
  pruneDead(model.graph);
  await lowerOpset(model, stated, rewrites);

  const opset = opsetOf(model);
  const types = await settleNumbers(model, inputs, feeds, opset, options.stageBytes ?? STAGE_BYTES, rewrites, digests);
  const graph = normalise(model, inputs, types, rewrites);
  const built = buildProgram(graph);
  const record = encodeProgram(built.program);
  const program = decodeProgram(record); // also rounds attributes to float32, and checks what was built
  const weights = built.weights.map((name, i) => toLayout(program.weights[i]!, graph.constants.get(name)!.data));
  return { model, types, graph, built, program, record, weights, samples, opset: stated, fileNodes, worst: worstProof(program) };
}

/**
 * Makes the prepared file in place: folds constants and applies the rewrites that change numbers until nothing changes.
 * Returns the type of every tensor that a node gives.
 */
async function settleNumbers(
  model: ParsedModel,
  inputs: readonly { readonly name: string; readonly type: Shape }[],
  feeds: ReadonlyMap<string, Tensor>,
  opset: number,
  stageBytes: number,
  rewrites: Rewrites,
  digests?: Map<string, Uint8Array>,
): Promise<Map<string, Shape>> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const constant = constantNames(model);
    const folds = constant.size > model.graph.initializer.length; // then another round follows: this one needs no digests
    const values = new Map<string, Tensor>();
    const given = new Map<string, Shape>();
    digests?.clear();
    await walkFile(model, feeds, (name, tensor) => {
      given.set(name, { dtype: tensor.dtype, dims: tensor.dims });
      if (!folds) digests?.set(name, sha256(tensor.data));
      if (constant.has(name)) values.set(name, tensor);
    });
    const folded = foldConstants(model, values, rewrites);
    const types = new Map<string, Shape>([...inputs.map((i) => [i.name, i.type] as const), ...given]);
    for (const t of model.graph.initializer) types.set(t.name, { dtype: t.dataType, dims: t.dims.map(Number) });
    const rewritten = rewriteNumbers(model, types, opset, stageBytes, rewrites);
    if (rewritten) pruneDead(model.graph);
    if (!folded && !rewritten) return given;
  }
  return refuse('ONNX_LIMIT', `constants do not settle in ${MAX_ROUNDS} rounds`);
}

function checkSample(inputs: readonly { readonly name: string; readonly type: Shape }[], tensors: readonly Tensor[]): void {
  if (tensors.length !== inputs.length) refuse('INPUT_MISMATCH', `a sample has ${tensors.length} tensors, the model ${inputs.length} inputs`);
  inputs.forEach(({ name, type }, k) => {
    const t = tensors[k]!;
    if (t.dtype !== type.dtype || t.dims.join() !== type.dims.join() || t.data.length === 0)
      refuse('INPUT_MISMATCH', `sample for ${name}: [${t.dims.join(',')}] of dtype ${t.dtype}, expected [${type.dims.join(',')}] of dtype ${type.dtype}`);
  });
}

function worstProof(program: Program): { bytes: number; node: number } {
  const bounds = [headerProofBound(program), ...program.nodes.map((_, i) => proofBound(program, i))];
  const bytes = bounds.reduce((most, b) => Math.max(most, b), 0);
  const node = bounds.indexOf(bytes) - 1;
  if (bytes > MAX_PROOF_BYTES)
    refuse('REFUSED_PROOF', `node ${node} (${program.nodes[node]?.op ?? 'header'}) may need a proof of ${bytes} bytes, allowed ${MAX_PROOF_BYTES}`);
  return { bytes, node };
}

/**
 * The regenerated program gives, un-optimised, the bits of the prepared file in every value of the first sample, and in
 * every output of the others. Returns the outputs.
 */
async function checkBits(d: Derived, digests: ReadonlyMap<string, Uint8Array>): Promise<Map<string, Tensor>[]> {
  const check = async (v: number, tensor: Tensor): Promise<void> => {
    const name = d.built.values[v]!;
    const type = d.types.get(name);
    if (type !== undefined && !isTensor(tensor, { ...type, digest: digests.get(name) }))
      refuse('PREPARE_BITS', `VALUE ${v} (${name}) differs between the prepared and the regenerated file`);
  };
  await walkTrace({ program: d.program, weights: d.weights, inputs: d.samples[0]! }, { visit: (v, _, tensor) => check(v, tensor) });
  // One file after the other: each session holds its weights and the largest tensors of a run. Of theirs only digests stay.
  const theirs = await runAll(serialise(d.model), d.samples.map((sample) => new Map(d.graph.inputs.map((i, k) => [i.name, sample[k]!]))), (t) => ({ dtype: t.dtype, dims: t.dims, digest: sha256(t.data) }));
  const ours = regenerate(d.program, d.weights);
  const outputs = await runAll(ours.bytes, d.samples.map(regenerated), (t) => t);
  d.program.outputs.forEach((o, k) => {
    const name = d.model.graph.output[k]!.name;
    if (outputs.some((own, s) => !isTensor(own.get(ours.outputs.get(o.index)!)!, theirs[s]!.get(name)!)))
      refuse('PREPARE_BITS', `output ${name} differs between the prepared and the regenerated file`);
  });
  return outputs;
}

/** Whether a tensor has this type and these bytes, by their SHA-256. */
function isTensor(t: Tensor, expected: Shape & { readonly digest: Uint8Array | undefined }): boolean {
  return t.dtype === expected.dtype && sameDims(t.dims, expected.dims) && expected.digest !== undefined && Buffer.compare(sha256(t.data), expected.digest) === 0;
}

/** Runs a model un-optimised on each of these feeds and keeps of every output what `keep` makes of it. */
async function runAll<T>(model: Uint8Array, feeds: readonly ReadonlyMap<string, Tensor>[], keep: (t: Tensor) => T): Promise<Map<string, T>[]> {
  const engine = await loadEngine(model);
  try {
    const all: Map<string, T>[] = [];
    for (const f of feeds) all.push(new Map([...(await engine.run(f))].map(([name, t]) => [name, keep(t)])));
    return all;
  } finally {
    await engine.release();
  }
}

/** prepare(regenerate(r)) = r, weights included. */
async function checkIdempotence(d: Derived, options: PrepareOptions): Promise<void> {
  const again = await derive(regenerate(d.program, d.weights).bytes, { ...options, shapes: {}, bind: {}, samples: d.samples.slice(0, 1) }, new Rewrites());
  if (Buffer.compare(again.record, d.record) !== 0) refuse('PREPARE_NOT_IDEMPOTENT', 'preparing the regenerated file gives another record');
  const same = again.weights.length === d.weights.length && again.weights.every((w, i) => Buffer.compare(w, d.weights[i]!) === 0);
  if (!same) refuse('PREPARE_NOT_IDEMPOTENT', 'preparing the regenerated file gives other weights');
}

/** Tensors by the names of regenerated files. */
function regenerated(sample: readonly Tensor[]): Map<string, Tensor> {
  return new Map(sample.map((t, k) => [`i${k}`, t]));
}
