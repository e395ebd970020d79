import { dataRoot, sameHash } from '../merkle/index.js';
import { checkOperand } from './canonical.js';
import { OnnxError, refuse } from './errors.js';
import { pack, unpack } from './parcel.js';
import type { PrepareOptions, PreparedParts } from './prepare/prepare.js';
import { weightsThatMayBeMinusInfinity, type Program } from './program.js';
import { decodeProgram } from './record.js';
import { artifactDigest, programRoot, weightsRoot } from './roots.js';
import type { Runtime } from './runtime.js';
import './sha256.js';
import { byteLength } from './tensor.js';
import { within } from './trace.js';

/** A program with its weights and every root that a publication needs. */
export interface Prepared extends PreparedParts {
  readonly program: Program;
  readonly programRoot: Uint8Array;
  /** data root of each WEIGHT in its layout */
  readonly weightRoots: readonly Uint8Array[];
  readonly weightsRoot: Uint8Array;
  /** digest of the MODEL artifact */
  readonly digest: Uint8Array;
}

/** Time for preparing in a process of its own, unless the caller says otherwise: what a file costs is known when it has run. */
const PREPARE_TIMEOUT_MS = 3_600_000;

/**
 * Derives a program from an ONNX file, checks the derivation bit for bit, and calibrates its default output tolerance
 * (PROTOCOL §3). The file is hostile: a child process parses and runs it.
 *
 * @param onnx bytes of the file
 * @param options shapes of open inputs, inputs to bind, samples to check and calibrate with; `runtime` to reuse a process;
 * `timeoutMs` limits all of it, by default to what one call of `runtime` may take, or to an hour without one
 * @throws OnnxError ONNX_*, REFUSED_*, PREPARE_*, RUNTIME_*
 */
export async function prepare(onnx: Uint8Array, options: PrepareOptions & { readonly runtime?: Runtime; readonly timeoutMs?: number } = {}): Promise<Prepared> {
  const { runtime: given, timeoutMs = given?.timeoutMs ?? PREPARE_TIMEOUT_MS, ...rest } = options;
  return within(given, async (runtime) => {
    const reply = await runtime.call('prepare', { model: await pack(runtime.scratch, [onnx]), options: rest }, timeoutMs);
    return assemble({ ...reply.parts, weights: await unpack(reply.weights) });
  });
}

/** Adds the roots to what preparing yields, or to what a cache kept of it. */
export function assemble(parts: PreparedParts): Prepared {
  const program = decodeProgram(parts.record);
  const root = programRoot(program);
  const weightRoots = parts.weights.map(dataRoot);
  const weights = weightsRoot(weightRoots);
  return { ...parts, program, programRoot: root, weightRoots, weightsRoot: weights, digest: artifactDigest(root, weights) };
}

/**
 * Opens a program record, as everybody but its publisher gets it.
 *
 * @param expectedRoot program root that the chain holds; checked when given
 * @throws OnnxError RECORD_NOT_CANONICAL, RECORD_INVALID, DIGEST_MISMATCH
 */
export function openProgram(record: Uint8Array, expectedRoot?: Uint8Array): Program {
  const program = decodeProgram(record);
  if (expectedRoot !== undefined && !sameHash(programRoot(program), expectedRoot))
    refuse('DIGEST_MISMATCH', 'the record is not that of the expected program root');
  return program;
}

/**
 * Checks weights as a claiming worker does: sizes, canonical form, no forbidden number, and their roots.
 *
 * @param weights bytes in layout
 * @param expectedRoot weights root that the chain holds; checked when given
 * @returns data root of each weight
 * @throws OnnxError INPUT_MISMATCH, TENSOR_NOT_CANONICAL, TENSOR_FORBIDDEN, DIGEST_MISMATCH
 */
export function checkWeights(program: Program, weights: readonly Uint8Array[], expectedRoot?: Uint8Array): Uint8Array[] {
  if (weights.length !== program.weights.length) refuse('INPUT_MISMATCH', `expected ${program.weights.length} weights, found ${weights.length}`);
  const roots = weights.map(dataRoot);
  if (expectedRoot !== undefined && !sameHash(weightsRoot(roots), expectedRoot))
    refuse('DIGEST_MISMATCH', 'the weights are not those of the expected weights root');
  const mayBeMinusInfinity = weightsThatMayBeMinusInfinity(program);
  program.weights.forEach((type, i) => checkBytes(`weight ${i}`, type, weights[i]!, mayBeMinusInfinity[i]!));
  return roots;
}

/**
 * Checks inputs as a claiming worker does.
 *
 * @param inputs bytes of each INPUT, row-major
 * @returns data root of each input
 * @throws OnnxError INPUT_MISMATCH, TENSOR_NOT_CANONICAL, TENSOR_FORBIDDEN
 */
export function checkInputBytes(program: Program, inputs: readonly Uint8Array[]): Uint8Array[] {
  if (inputs.length !== program.inputs.length) refuse('INPUT_MISMATCH', `expected ${program.inputs.length} inputs, found ${inputs.length}`);
  program.inputs.forEach((type, i) => checkBytes(`input ${i}`, type, inputs[i]!, false));
  return inputs.map(dataRoot);
}

function checkBytes(what: string, type: { dtype: number; dims: readonly number[] }, data: Uint8Array, minusInfinity: boolean): void {
  if (data.length !== byteLength(type)) throw new OnnxError('INPUT_MISMATCH', `${what} has ${data.length} bytes, expected ${byteLength(type)}`);
  checkOperand(what, type.dtype, data, minusInfinity);
}
