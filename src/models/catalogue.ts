import { uniform } from '../onnx/prepare/samples.js';
import { elementCount, float32, int64, type Tensor } from '../onnx/index.js';
import { labelledBatch } from './data.js';
import { federatedAverage } from './fedavg.js';
import { decodeStep, firstState } from './generation.js';
import { ADAM, evaluation, trainingStep } from './training.js';
import { initialParameters, parameterCount, SMALL } from './transformer.js';

/** Names of the four kinds of computation. */
export const MODEL_NAMES = ['generation', 'training', 'averaging', 'evaluation'] as const;
export type GeneratedName = (typeof MODEL_NAMES)[number];

/** An ONNX file with inputs that belong to it. */
export interface GeneratedModel {
  readonly name: GeneratedName;
  readonly description: string;
  /** bytes of the ONNX file */
  readonly file: Uint8Array;
  /** inputs in the order of the graph, another list for each seed */
  inputs(seed: number): Tensor[];
}

/** Sequences of a training step and of an evaluation. */
export const SMALL_BATCH = { sequences: 4, length: 8 } as const;

/** Clients of {@link federatedAverage} here. */
export const CLIENTS = 8;

/** The parameters that every generated model has or starts from. */
export const smallParameters = (): Tensor => initialParameters(SMALL, 11);

/** One of the four kinds at the size that tests and the devnet run. */
export function generatedModel(name: GeneratedName): GeneratedModel {
  const parameters = smallParameters();
  const count = parameterCount(SMALL);
  const batch = (seed: number): Tensor[] => labelledBatch(SMALL.vocabulary, SMALL_BATCH, seed);
  switch (name) {
    case 'generation':
      return {
        name, description: 'one token of a decoder transformer with a key-value cache, from state to state',
        file: decodeStep(SMALL, parameters), inputs: laterState,
      };
    case 'training':
      return {
        name, description: 'forward, backward and Adam of a decoder transformer in one graph',
        file: trainingStep(SMALL, SMALL_BATCH), inputs: (seed) => [parameters, ...laterMoments(seed), ...batch(seed)],
      };
    case 'averaging':
      return {
        name, description: 'federated averaging of eight updates of a decoder transformer',
        file: federatedAverage(CLIENTS, count),
        inputs(seed) {
          const random = uniform(seed);
          const update = (): Tensor => float32([count], Array.from({ length: count }, () => (2 * random() - 1) / 100));
          const updates = Array.from({ length: CLIENTS }, update);
          return [parameters, ...updates, int64([CLIENTS], updates.map(() => 1 + Math.floor(900 * random())))];
        },
      };
    case 'evaluation':
      return {
        name, description: 'accuracy and mean loss of a decoder transformer on labelled sequences',
        file: evaluation(SMALL, SMALL_BATCH), inputs: (seed) => [parameters, ...batch(seed)],
      };
  }
}

/** Moments and powers of β as they are after `seed` steps: small, the second one positive. */
function laterMoments(seed: number): Tensor[] {
  const random = uniform(seed);
  const count = parameterCount(SMALL);
  const first = Array.from({ length: count }, () => (2 * random() - 1) / 100);
  const second = first.map((m) => 2 * m * m);
  let powers = [1, 1];
  for (let t = 0; t < seed; t++) powers = [powers[0]! * ADAM.beta1, powers[1]! * ADAM.beta2];
  return [float32([count], first), float32([count], second), float32([2], powers)];
}

/** A state in the middle of a generation: caches hold noise before the position and nothing from there on. */
function laterState(seed: number): Tensor[] {
  const random = uniform(seed);
  const position = seed % SMALL.context;
  const width = SMALL.width / SMALL.heads;
  const filled = (t: Tensor): Tensor =>
    float32(t.dims, Array.from({ length: elementCount(t.dims) }, (_, i) => (Math.floor(i / width) % SMALL.context < position ? 2 * random() - 1 : 0)));
  return [int64([1], [seed % SMALL.vocabulary]), int64([1], [position]), ...firstState(SMALL, 0).slice(2).map(filled)];
}
