import { uniform } from '../onnx/prepare/samples.js';
import { elementCount, float32, type Tensor } from '../onnx/index.js';
import type { Tape } from './autodiff.js';
import type { Value } from './builder.js';

/** Extents of a decoder transformer (pre-norm, learned positions, GELU, untied head). */
export interface TransformerConfig {
  readonly vocabulary: number;
  /** positions that one sequence may have */
  readonly context: number;
  readonly width: number;
  /** divides width */
  readonly heads: number;
  readonly layers: number;
  /** width of the perceptron in a block */
  readonly hidden: number;
}

/** Small enough for a test network, large enough to have every part. */
export const SMALL: TransformerConfig = { vocabulary: 32, context: 16, width: 16, heads: 2, layers: 2, hidden: 32 };

/** A parameter: where it stands in the flat vector of all of them, and its extents. */
export interface Parameter {
  readonly name: string;
  readonly start: number;
  readonly dims: readonly number[];
}

/** Looks a parameter of the model up by name. */
export type Parameters = (name: string) => Value;

/** Every parameter in the order of the flat vector. */
export function parametersOf(config: TransformerConfig): Parameter[] {
  const { vocabulary, context, width, layers, hidden } = config;
  const norm = (name: string): [string, number[]][] => [[`${name}.scale`, [width]], [`${name}.bias`, [width]]];
  const block = (l: number): [string, number[]][] => [
    ...norm(`${l}.norm1`),
    ...['query', 'key', 'value', 'out'].map((name): [string, number[]] => [`${l}.${name}`, [width, width]]),
    ...norm(`${l}.norm2`),
    [`${l}.up`, [width, hidden]], [`${l}.up.bias`, [hidden]], [`${l}.down`, [hidden, width]], [`${l}.down.bias`, [width]],
  ];
  const shapes: [string, number[]][] = [
    ['embedding.token', [vocabulary, width]], ['embedding.position', [context, width]],
    ...Array.from({ length: layers }, (_, l) => block(l)).flat(),
    ...norm('norm'), ['head', [width, vocabulary]],
  ];
  let start = 0;
  return shapes.map(([name, dims]) => {
    const parameter = { name, start, dims };
    start += elementCount(dims);
    return parameter;
  });
}

/** Length of the flat vector of all parameters. */
export function parameterCount(config: TransformerConfig): number {
  return parametersOf(config).reduce((sum, p) => sum + elementCount(p.dims), 0);
}

/** Fresh parameters from a seed: uniform of variance 1/fan-in, scales 1, biases 0. Only exact arithmetic and a square root take part, so every machine makes the same. */
export function initialParameters(config: TransformerConfig, seed: number): Tensor {
  const random = uniform(seed);
  const values = parametersOf(config).flatMap(({ name, dims }) => {
    const fanIn = name.startsWith('embedding') ? config.width : dims[0]!;
    const fresh = (): number => (2 * random() - 1) * Math.sqrt(3 / fanIn);
    const constant = name.endsWith('.scale') ? 1 : name.endsWith('.bias') ? 0 : undefined;
    return Array.from({ length: elementCount(dims) }, () => constant ?? fresh());
  });
  return float32([values.length], values);
}

/** Parameters as sections of one flat vector, tracked for differentiation. */
export function unpacked(g: Tape, config: TransformerConfig, flat: Value): Map<string, Value> {
  return new Map(parametersOf(config).map((p) => [p.name, g.track(g.section(flat, p.start, p.dims))]));
}

/** (x − mean) / √(variance + 10⁻⁵) · scale + bias over the last axis. */
function layerNorm(g: Tape, p: Parameters, name: string, x: Value): Value {
  const centred = g.sub(x, g.mean(x));
  const deviation = g.sqrt(g.add(g.mean(g.mul(centred, centred)), g.scalar(1e-5)));
  return g.add(g.mul(g.div(centred, deviation), p(`${name}.scale`)), p(`${name}.bias`));
}

/** x · (1 + erf(x/√2)) / 2. */
function gelu(g: Tape, x: Value): Value {
  return g.mul(g.scale(x, 0.5), g.add(g.erf(g.scale(x, Math.SQRT1_2)), g.scalar(1)));
}

/** Mixes rows: queries, keys and values [rows, width] in, [rows, width] out. */
export type Attention = (layer: number, query: Value, key: Value, value: Value) => Value;

/** Embedded rows [rows, width] through every block to logits [rows, vocabulary]. */
export function logitsOf(g: Tape, p: Parameters, config: TransformerConfig, embedded: Value, attention: Attention): Value {
  let x = embedded;
  for (let l = 0; l < config.layers; l++) {
    const h = layerNorm(g, p, `${l}.norm1`, x);
    const mixed = attention(l, g.matmul(h, p(`${l}.query`)), g.matmul(h, p(`${l}.key`)), g.matmul(h, p(`${l}.value`)));
    x = g.add(x, g.matmul(mixed, p(`${l}.out`)));
    const up = gelu(g, g.add(g.matmul(layerNorm(g, p, `${l}.norm2`, x), p(`${l}.up`)), p(`${l}.up.bias`)));
    x = g.add(x, g.add(g.matmul(up, p(`${l}.down`)), p(`${l}.down.bias`)));
  }
  return g.matmul(layerNorm(g, p, 'norm', x), p('head'));
}

/** softmax(q·kᵀ/√d, hidden places excluded) · v over the last two axes. */
export function attend(g: Tape, query: Value, key: Value, value: Value, hide: (scores: Value) => Value): Value {
  const last = key.dims.length - 1;
  const perm = key.dims.map((_, i) => (i === last ? last - 1 : i === last - 1 ? last : i));
  const scores = g.scale(g.matmul(query, g.transpose(key, perm)), 1 / Math.sqrt(query.dims.at(-1)!));
  return g.matmul(g.softmax(hide(scores)), value);
}

/**
 * Logits [batch · length, vocabulary] of whole sequences, each place seeing itself and what stands before it.
 *
 * @param tokens int64 [batch, length]
 */
export function sequenceLogits(g: Tape, p: Parameters, config: TransformerConfig, tokens: Value): Value {
  const { width, heads, vocabulary } = config;
  const [batch = 1, length = 1] = tokens.dims;
  const rows = batch * length;
  const mask = g.constant(float32([length, length], Array.from({ length: length * length }, (_, i) => (i % length <= Math.floor(i / length) ? 0 : -Infinity))));
  const split = (x: Value): Value => g.transpose(g.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
  // One-hot rows times the table, not Gather: its gradient is a product too, where Gather's would scatter.
  const words = g.matmul(g.oneHot(g.shaped(tokens, [rows, 1]), vocabulary), p('embedding.token'));
  const places = g.matmul(g.oneHot(g.range(length, [length, 1]), config.context), p('embedding.position'));
  const embedded = g.reshape(g.add(g.reshape(words, [batch, length, width]), places), [rows, width]);
  return logitsOf(g, p, config, embedded, (_, q, k, v) => {
    const mixed = attend(g, split(q), split(k), split(v), (scores) => g.add(scores, mask));
    return g.reshape(g.transpose(mixed, [0, 2, 1, 3]), [rows, width]);
  });
}
