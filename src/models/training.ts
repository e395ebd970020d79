import { DTYPE, float32, type Tensor } from '../onnx/index.js';
import { Tape } from './autodiff.js';
import type { Value } from './builder.js';
import { argMax } from './generation.js';
import { parameterCount, sequenceLogits, unpacked, type TransformerConfig } from './transformer.js';

/** Sequences that one step learns from, or that one evaluation counts. */
export interface Batch {
  readonly sequences: number;
  readonly length: number;
}

/** Constants of Adam (Kingma and Ba, 2015). */
export interface AdamConfig {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** The constants that the paper proposes, with a larger rate for small models. */
export const ADAM: AdamConfig = { rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

interface Forward {
  /** mean cross-entropy, [1] */
  readonly loss: Value;
  /** [sequences · length, vocabulary] */
  readonly logits: Value;
  /** int64 [sequences · length] */
  readonly targets: Value;
  /** gradient of the loss, [parameterCount]; written when it is called */
  gradient(): Value;
}

function forward(g: Tape, config: TransformerConfig, { sequences, length }: Batch, parameters: Value): Forward {
  const tokens = g.input('tokens', [sequences, length], DTYPE.int64);
  const targets = g.input('targets', [sequences, length], DTYPE.int64);
  const rows = sequences * length;
  const parts = unpacked(g, config, parameters);
  const logits = sequenceLogits(g, (name) => parts.get(name)!, config, tokens);
  const loss = g.crossEntropy(logits, g.oneHot(g.shaped(targets, [rows, 1]), config.vocabulary));
  return {
    loss,
    logits,
    targets: g.shaped(targets, [rows]),
    gradient() {
      const flat = g.gradients(loss, [...parts.values()]).map((d) => g.shaped(d, [d.dims.reduce((a, b) => a * b, 1)]));
      return g.op('Concat', flat, parameters.dims, { attributes: { axis: { i: 0 } } });
    },
  };
}

/** Inputs parameters, tokens, targets → outputs loss [1] and its gradient [parameterCount]: one client's part of federated learning. */
export function lossAndGradient(config: TransformerConfig, batch: Batch): Uint8Array {
  const g = new Tape();
  const f = forward(g, config, batch, g.input('parameters', [parameterCount(config)]));
  g.output('loss', f.loss);
  g.output('gradient', f.gradient());
  return g.bytes();
}

/**
 * One training step, forward, backward and Adam, as one graph. Inputs: parameters, first_moment, second_moment (each float32
 * [parameterCount]), beta_powers float32 [2], tokens and targets int64 [sequences, length]. The first four outputs are the
 * first four inputs after the step, so that steps chain by their data roots; the fifth is the loss before it.
 */
export function trainingStep(config: TransformerConfig, batch: Batch, adam: AdamConfig = ADAM): Uint8Array {
  const g = new Tape();
  const dims = [parameterCount(config)];
  const [parameters, first, second] = ['parameters', 'first_moment', 'second_moment'].map((name) => g.input(name, dims)) as [Value, Value, Value];
  const powers = g.input('beta_powers', [2]);
  const f = forward(g, config, batch, parameters);
  const next = adamStep(g, adam, { parameters, first, second, powers }, f.gradient());
  g.output('new_parameters', next.parameters);
  g.output('new_first_moment', next.first);
  g.output('new_second_moment', next.second);
  g.output('new_beta_powers', next.powers);
  g.output('loss', f.loss);
  return g.bytes();
}

interface AdamState {
  readonly parameters: Value;
  readonly first: Value;
  readonly second: Value;
  /** β₁ᵗ and β₂ᵗ */
  readonly powers: Value;
}

function adamStep(g: Tape, { rate, beta1, beta2, epsilon }: AdamConfig, before: AdamState, gradient: Value): AdamState {
  const blend = (old: Value, beta: number, fresh: Value): Value => g.add(g.scale(old, beta), g.scale(fresh, 1 - beta));
  const first = blend(before.first, beta1, gradient);
  const second = blend(before.second, beta2, g.mul(gradient, gradient));
  const powers = g.mul(before.powers, g.constant(float32([2], [beta1, beta2])));
  const missing = g.sub(g.scalar(1), powers);
  const mean = g.div(first, g.section(missing, 0, [1]));
  // A second moment is never negative; where a requester's is, Relu keeps the root a number.
  const root = g.sqrt(g.div(g.op('Relu', [second], second.dims), g.section(missing, 1, [1])));
  const step = g.scale(g.div(mean, g.add(root, g.scalar(epsilon))), rate);
  return { parameters: g.sub(before.parameters, step), first, second, powers };
}

/** Moments and powers before the first step, in the order of {@link trainingStep}'s inputs after the parameters. */
export function firstMoments(config: TransformerConfig): Tensor[] {
  const zeros = new Float32Array(parameterCount(config));
  return [float32([zeros.length], zeros), float32([zeros.length], zeros), float32([2], [1, 1])];
}

/** Parameters, tokens, targets → metrics float32 [2]: the share of places whose next token is predicted, and the mean loss. */
export function evaluation(config: TransformerConfig, batch: Batch): Uint8Array {
  const g = new Tape();
  const { loss, logits, targets } = forward(g, config, batch, g.input('parameters', [parameterCount(config)]));
  const hits = g.broadcast('Equal', [argMax(g, logits), targets], DTYPE.bool);
  const counted = g.op('Cast', [hits], hits.dims, { attributes: { to: { i: DTYPE.float32 } }, dtype: DTYPE.float32 });
  g.output('metrics', g.op('Concat', [g.mean(counted), loss], [2], { attributes: { axis: { i: 0 } } }));
  return g.bytes();
}
