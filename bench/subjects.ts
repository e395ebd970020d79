// The models that honest traces are made of, and what each is run on.
import { readFileSync } from 'node:fs';
import { generatedModel, MODEL_NAMES } from '../src/models/index.js';
import { orientationInput, prepareModel, readPng, recognitionInput } from '../src/ocr/index.js';
import { DTYPE, elementCount, float32, prepare, traceBytes, type Prepared, type Runtime, type Tensor } from '../src/onnx/index.js';
import { AssayError } from '../src/errors.js';
import { ISNETS, prepareIsnet } from './isnet.js';
import { prepareReference, REFERENCE_MODELS } from './reference-models.js';
import { random } from './tampering.js';

/** Elements of recognition that every configuration must judge at least. */
export const LEAST_ELEMENTS = 50e6;

/** Names of all models: the demo's two, public ones of other tasks, and those made from a seed. */
export const SUBJECTS: readonly string[] = ['orientation', 'recognition', ...REFERENCE_MODELS.map((m) => m.name), ...MODEL_NAMES];

/** Models that are judged only when they are named: minutes and 5 GB of scratch for each configuration. */
export const LARGE_SUBJECTS: readonly string[] = ISNETS;

/** A prepared model and the runs that it is judged on. */
export interface Subject {
  readonly name: string;
  readonly prepared: Prepared;
  readonly runs: number;
  inputs(run: number): readonly Tensor[];
}

/** Inputs that a model without images is judged on, in each configuration. */
const SEEDS = [5, 6, 7];

const images = new URL('../../test/images/', import.meta.url);
const files = (JSON.parse(readFileSync(new URL('truth.json', images), 'utf8')) as { file: string; degrees: number }[])
  .filter((t) => t.degrees === 0)
  .map((t) => readPng(readFileSync(new URL(t.file, images))));

/**
 * Prepares a model by its name.
 *
 * @throws AssayError BENCH_ARGUMENT for a name that is in neither list, PACKAGE_MISSING, and what `prepare` throws
 */
export async function subjectOf(name: string, runtime: Runtime, cache: string): Promise<Subject> {
  if (name === 'orientation' || name === 'recognition') {
    const prepared = await prepareModel(name, { cache, runtime });
    const least = name === 'recognition' ? LEAST_ELEMENTS : 1;
    const inputOf = name === 'recognition' ? recognitionInput : orientationInput;
    return { name, prepared, runs: Math.ceil(least / (traceBytes(prepared.program) / 4)), inputs: (run) => [inputOf(files[run % files.length]!)] };
  }
  const isnet = ISNETS.find((n) => n === name);
  if (isnet !== undefined) {
    const prepared = await prepareIsnet(isnet, runtime);
    return { name, prepared, runs: 1, inputs: () => noise(prepared, SEEDS[0]!) };
  }
  const reference = REFERENCE_MODELS.find((m) => m.name === name);
  if (reference !== undefined) {
    const prepared = await prepareReference(reference, runtime);
    // a trace of detection has half a gigabyte
    return { name, prepared, runs: traceBytes(prepared.program) > 1e8 ? 1 : SEEDS.length, inputs: (run) => noise(prepared, SEEDS[run]!) };
  }
  const generated = MODEL_NAMES.find((n) => n === name);
  if (generated === undefined) throw new AssayError('BENCH_ARGUMENT', `expected one of ${[...SUBJECTS, ...LARGE_SUBJECTS].join(', ')}, found "${name}"`);
  const model = generatedModel(generated);
  const inputs = (run: number): readonly Tensor[] => model.inputs(SEEDS[run]!);
  return { name, prepared: await prepare(model.file, { runtime, samples: SEEDS.map(model.inputs) }), runs: SEEDS.length, inputs };
}

/** Uniform in [-1, 1): a picture, a sound or a state, as far as rounding is concerned. */
function noise({ program }: Prepared, seed: number): Tensor[] {
  const next = random(seed);
  return program.inputs.map(({ dtype, dims }) => {
    if (dtype !== DTYPE.float32) throw new AssayError('BENCH_ARGUMENT', `an input of dtype ${dtype} needs a sample of its own`);
    return float32(dims, Float32Array.from({ length: elementCount(dims) }, () => 2 * next() - 1));
  });
}
