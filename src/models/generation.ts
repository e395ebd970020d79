import { DTYPE, elementCount, float32, floats, int64, type Tensor } from '../onnx/index.js';
import { Tape } from './autodiff.js';
import type { Value } from './builder.js';
import { attend, logitsOf, parametersOf, sequenceLogits, type Parameters, type TransformerConfig } from './transformer.js';

/** Parameters as initializers of a file, cut out of the flat vector. */
function initializers(g: Tape, config: TransformerConfig, parameters: Tensor): Parameters {
  const flat = floats(parameters);
  const values = new Map(
    parametersOf(config).map(({ name, start, dims }) => [name, g.constant(float32(dims, flat.subarray(start, start + elementCount(dims))), name)] as const),
  );
  return (name) => values.get(name)!;
}

/**
 * One step of generation as a function from state to state. Inputs and outputs are the same list in the same order: token
 * int64 [1], position int64 [1], and for each layer keys and values float32 [heads, context, width / heads]. So the output
 * root of one step's job is the input root of the next one's, and one static shape serves every step: the cache has its full
 * length, the place of the token is written by selection, later places are hidden.
 *
 * @param parameters float32 [parameterCount]
 * @returns ONNX bytes. A position of `context` or more has no embedding: the run fails.
 */
export function decodeStep(config: TransformerConfig, parameters: Tensor): Uint8Array {
  const { width, heads, layers, context } = config;
  const g = new Tape();
  const p = initializers(g, config, parameters);
  const token = g.input('token', [1], DTYPE.int64);
  const position = g.input('position', [1], DTYPE.int64);
  const shape = [heads, context, width / heads];
  const past = Array.from({ length: layers }, (_, l) => cacheNames('past_key_values', l).map((name) => g.input(name, shape)));
  const present: Value[][] = [];

  const here = g.broadcast('Equal', [g.range(context, [context, 1]), position], DTYPE.bool);
  const visible = g.broadcast('LessOrEqual', [g.range(context), position], DTYPE.bool);
  const row = (table: Value, index: Value): Value => g.op('Gather', [table, index], [1, width], { attributes: { axis: { i: 0 } } });
  const embedded = g.add(row(p('embedding.token'), token), row(p('embedding.position'), position));
  const split = (x: Value): Value => g.shaped(x, [heads, 1, width / heads]);
  const logits = logitsOf(g, p, config, embedded, (l, q, k, v) => {
    const caches = [k, v].map((x, i) => g.broadcast('Where', [here, split(x), past[l]![i]!], DTYPE.float32));
    present.push(caches);
    const hide = (scores: Value): Value => g.broadcast('Where', [visible, scores, g.scalar(-Infinity)], DTYPE.float32);
    return g.shaped(attend(g, split(q), caches[0]!, caches[1]!, hide), [1, width]);
  });

  g.output('next_token', argMax(g, logits));
  g.output('next_position', g.broadcast('Add', [position, g.constant(int64([1], [1]))]));
  present.forEach((caches, l) => cacheNames('present', l).forEach((name, i) => g.output(name, caches[i]!)));
  return g.bytes();
}

/** State before the first step: a token at position 0 and empty caches, in the order of {@link decodeStep}'s inputs. */
export function firstState(config: TransformerConfig, token: number): Tensor[] {
  const { width, heads, layers, context } = config;
  const empty = float32([heads, context, width / heads], new Float32Array(context * width));
  return [int64([1], [token]), int64([1], [0]), ...Array.from({ length: 2 * layers }, () => empty)];
}

/** The same model without a cache: tokens int64 [1, length] → next tokens int64 [length], one for each place. */
export function fullSequence(config: TransformerConfig, parameters: Tensor, length: number): Uint8Array {
  const g = new Tape();
  const tokens = g.input('tokens', [1, length], DTYPE.int64);
  g.output('next_tokens', argMax(g, sequenceLogits(g, initializers(g, config, parameters), config, tokens)));
  return g.bytes();
}

/** Index of the largest logit of each row, the lowest of equals: int64 [rows]. */
export function argMax(g: Tape, logits: Value): Value {
  return g.op('ArgMax', [logits], logits.dims.slice(0, -1), { attributes: { axis: { i: -1 }, keepdims: { i: 0 } }, dtype: DTYPE.int64 });
}

function cacheNames(prefix: string, layer: number): string[] {
  return [`${prefix}.${layer}.key`, `${prefix}.${layer}.value`];
}
