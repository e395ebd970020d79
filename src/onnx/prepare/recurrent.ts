import { refuse } from '../errors.js';
import { float32, floats, numbers } from '../tensor.js';
import { CELLS, type Cell, type DirectionWeights, type State } from './cells.js';
import type { Replacement } from './replacement.js';

/**
 * RNN, GRU and LSTM as the operators that the referee knows, one copy of the cell a time step and direction: X [T, B, I],
 * W [D, gates·H, I], R [D, gates·H, H], B [D, 2·gates·H] → Y [T, D, B, H], Y_h [D, B, H], Y_c. The input's products for
 * all steps of a direction are one MatMul. Steps beyond a sequence's length would need masks, so all lengths must be T.
 */
export function unrollRecurrent(r: Replacement): string | undefined {
  const { node } = r;
  const kind = Object.hasOwn(CELLS, node.opType) ? CELLS[node.opType] : undefined;
  if (kind === undefined) return undefined;
  const [steps = 0, batch = 0, inputs = 0] = r.type(node.input[0] ?? '').dims;
  const hidden = r.attributes['hidden_size']?.i ?? 0;
  const directions = directionsOf(r);
  checkVariant(r, steps);
  const weights = (k: number, count: number): ((d: number) => Float32Array) => {
    const all = floats(r.operand(k) ?? no(r, `operand ${k} is computed; weights must be constant`));
    if (all.length !== directions.length * count) refuse('ONNX_SHAPE', `${node.opType}: weights of ${all.length} elements, expected ${directions.length}×${count}`);
    return (d) => all.subarray(d * count, (d + 1) * count);
  };
  const has = (k: number): boolean => (node.input[k] ?? '') !== '';
  const [w, rw] = [weights(1, kind.gates * hidden * inputs), weights(2, kind.gates * hidden * hidden)];
  const b = has(3) ? weights(3, 2 * kind.gates * hidden) : () => new Float32Array(2 * kind.gates * hidden);
  const p = node.opType === 'LSTM' && has(7) ? weights(7, 3 * hidden) : () => undefined;
  const activations = r.attributes['activations']?.strings ?? directions.flatMap(() => kind.activations);
  const linearBeforeReset = (r.attributes['linear_before_reset']?.i ?? 0) !== 0;

  const x = r.reshape(node.input[0] ?? '', [steps * batch, inputs]);
  const all: string[][] = [];
  const last: State[] = [];
  directions.forEach((direction, d) => {
    const of: DirectionWeights = { w: w(d), r: rw(d), b: b(d), p: p(d) };
    const own = activations.slice(d * kind.activations.length, (d + 1) * kind.activations.length);
    const shape = { inputs, hidden, activations: own, clip: r.attributes['clip']?.f, linearBeforeReset };
    const initial = (): State => Array.from({ length: kind.states }, (_, k) => initialState(r, 5 + k, d, directions.length, batch, hidden));
    const ran = run(r, kind.build(r, shape, of), x, { steps, batch, inputs, backwards: direction === 'reverse' }, initial);
    all.push(ran.outputs);
    last.push(ran.state);
  });

  const joined = (parts: readonly string[], axis: number): string => (parts.length === 1 ? parts[0]! : r.add('Concat', parts, { axis: { i: axis } }));
  const results = [
    (): string => joined(all.map((outputs) => whole(r, outputs, directions.length === 1 ? undefined : [steps, 1, batch, hidden])), 1),
    ...Array.from({ length: kind.states }, (_, k) => (): string => joined(last.map((s) => (directions.length === 1 ? s[k]! : r.reshape(s[k]!, [1, batch, hidden]))), 0)),
  ];
  results.forEach((result, k) => {
    const name = node.output[k] ?? '';
    if (r.reads(k)) r.reshape(result(), r.type(name).dims, name);
  });
  return `${node.opType}: unrolled`;
}

function no(r: Replacement, what: string): never {
  return refuse('REFUSED_ATTRIBUTE', `${r.node.opType}: ${what}`);
}

function directionsOf(r: Replacement): readonly ('forward' | 'reverse')[] {
  const direction = r.attributes['direction']?.s ?? 'forward';
  if (direction === 'bidirectional') return ['forward', 'reverse'];
  return direction === 'forward' || direction === 'reverse' ? [direction] : no(r, `direction ${direction}`);
}

function checkVariant(r: Replacement, steps: number): void {
  if (r.opset < 10) no(r, `opset ${r.opset} is not unrolled here (10 is the least)`);
  if (r.node.attribute.some((a) => ['activation_alpha', 'activation_beta'].includes(a.name))) no(r, 'an activation with parameters is not unrolled');
  if ((r.attributes['input_forget']?.i ?? 0) !== 0 || (r.attributes['layout']?.i ?? 0) !== 0) no(r, 'input_forget or layout 1 is not unrolled');
  if ((r.node.input[4] ?? '') === '') return;
  const lengths = r.operand(4) ?? no(r, 'sequence_lens is computed; bind that input');
  if (numbers(lengths).some((n) => n !== steps)) no(r, `sequence_lens ${numbers(lengths).join(', ')}; only ${steps}, the whole sequence, is unrolled`);
}

function initialState(r: Replacement, k: number, d: number, directions: number, batch: number, hidden: number): string {
  const name = r.node.input[k] ?? '';
  if (name === '') return r.constant(float32([batch, hidden], new Float32Array(batch * hidden)));
  return r.reshape(directions === 1 ? name : r.rows(name, d, d + 1), [batch, hidden]);
}

/** Runs a cell over all steps. Returns the hidden states in order of time, and the last state. */
function run(
  r: Replacement,
  cell: Cell,
  x: string,
  s: { readonly steps: number; readonly batch: number; readonly inputs: number; readonly backwards: boolean },
  initial: () => State,
): { outputs: string[]; state: State } {
  const products = r.add('MatMul', [x, r.constant(float32([s.inputs, cell.bias.length], cell.input))]);
  const biased = r.add('Add', [products, r.constant(float32([cell.bias.length], cell.bias))]);
  let state = initial();
  const outputs: string[] = [];
  for (let i = 0; i < s.steps; i++) {
    const t = s.backwards ? s.steps - 1 - i : i;
    state = cell.step(s.steps === 1 ? biased : r.rows(biased, t * s.batch, (t + 1) * s.batch), state);
    outputs[t] = state[0]!;
  }
  return { outputs, state };
}

/** The hidden states of all steps, one after the other. */
function whole(r: Replacement, outputs: readonly string[], dims: readonly number[] | undefined): string {
  const all = outputs.length === 1 ? outputs[0]! : r.add('Concat', outputs, { axis: { i: 0 } });
  return dims === undefined ? all : r.reshape(all, dims);
}
