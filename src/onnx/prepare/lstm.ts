import { refuse } from '../errors.js';
import { float32, floats, numbers, type Tensor } from '../tensor.js';
import type { Replacement } from './replacement.js';

/**
 * An LSTM as the operators that the referee knows, one copy of its cell a time step. One direction, forward; gates in
 * ONNX's order input, output, forget, cell; X [T, B, I], W [1, 4H, I], R [1, 4H, H], B [1, 8H] → Y [T, 1, B, H], Y_h, Y_c.
 * The input's products for all steps are one MatMul.
 */
export function unrollLstm(r: Replacement): string | undefined {
  const { node } = r;
  if (node.opType !== 'LSTM') return undefined;
  const [steps = 0, batch = 0, inputs = 0] = r.type(node.input[0] ?? '').dims;
  const hidden = r.attributes['hidden_size']?.i ?? 0;
  const weights = { w: constant(r, 1), r: constant(r, 2), b: r.operand(3) };
  const peep = peepholes(r, hidden);
  checkVariant(r, steps);

  const x = r.reshape(node.input[0] ?? '', [steps * batch, inputs]);
  const products = r.add('MatMul', [x, r.constant(transposed(weights.w, 4 * hidden, inputs))]);
  const biased = r.add('Add', [products, r.constant(bias(weights.b, hidden))]);
  const recurrent = r.constant(transposed(weights.r, 4 * hidden, hidden));
  const initial = (k: number): string =>
    (node.input[k] ?? '') === '' ? r.constant(float32([batch, hidden], new Float32Array(batch * hidden))) : r.reshape(node.input[k]!, [batch, hidden]);
  let h = initial(5);
  let c = initial(6);
  const outputs: string[] = [];
  for (let t = 0; t < steps; t++) {
    const now = steps === 1 ? biased : r.rows(biased, t * batch, (t + 1) * batch);
    const gates = r.add('Add', [now, r.add('MatMul', [h, recurrent])]);
    const [i, o, f, cell] = r.split(gates, 1, [hidden, hidden, hidden, hidden]) as [string, string, string, string];
    const kept = r.add('Mul', [r.add('Sigmoid', [peep(f, 2, c)]), c]);
    const added = r.add('Mul', [r.add('Sigmoid', [peep(i, 0, c)]), r.add('Tanh', [cell])]);
    c = r.add('Add', [kept, added]);
    h = r.add('Mul', [r.add('Sigmoid', [peep(o, 1, c)]), r.add('Tanh', [c])]);
    outputs.push(h);
  }
  const all = outputs.length === 1 ? h : r.add('Concat', outputs, { axis: { i: 0 } });
  [all, h, c].forEach((value, k) => {
    const name = node.output[k] ?? '';
    if (r.reads(k)) r.reshape(value, r.type(name).dims, name);
  });
  return 'LSTM: unrolled';
}

function checkVariant(r: Replacement, steps: number): void {
  const no = (what: string): never => refuse('REFUSED_ATTRIBUTE', `LSTM: ${what} is not unrolled here`);
  if (r.opset < 10) no(`opset ${r.opset} (10 is the least)`);
  if ((r.attributes['direction']?.s ?? 'forward') !== 'forward') no('another direction than forward');
  if (r.node.attribute.some((a) => ['activations', 'activation_alpha', 'activation_beta', 'clip'].includes(a.name))) no('another activation or a clip');
  if ((r.attributes['input_forget']?.i ?? 0) !== 0 || (r.attributes['layout']?.i ?? 0) !== 0) no('input_forget or layout 1');
  const lengths = r.operand(4);
  if ((r.node.input[4] ?? '') !== '' && (lengths === undefined || numbers(lengths).some((n) => n !== steps))) no('sequence_lens below the whole length');
}

/** Adds to a gate what it sees of the cell: P [1, 3H] in ONNX's order input, output, forget. Without P nothing. */
function peepholes(r: Replacement, hidden: number): (gate: string, k: number, cell: string) => string {
  if ((r.node.input[7] ?? '') === '') return (gate) => gate;
  const all = floats(constant(r, 7));
  if (all.length !== 3 * hidden) refuse('ONNX_SHAPE', `LSTM: peepholes of ${all.length} elements, expected ${3 * hidden}`);
  const parts = [0, 1, 2].map((k) => r.constant(float32([hidden], all.slice(k * hidden, (k + 1) * hidden))));
  return (gate, k, cell) => r.add('Add', [gate, r.add('Mul', [parts[k]!, cell])]);
}

function constant(r: Replacement, k: number): Tensor {
  return r.operand(k) ?? refuse('REFUSED_ATTRIBUTE', `LSTM: operand ${k} is computed; weights must be constant`);
}

/** [rows, columns] → [columns, rows]. */
function transposed(t: Tensor, rows: number, columns: number): Tensor {
  const from = floats(t);
  if (from.length !== rows * columns) refuse('ONNX_SHAPE', `LSTM: weights of ${from.length} elements, expected ${rows}×${columns}`);
  const to = new Float32Array(from.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j]!;
  return float32([columns, rows], to);
}

/** Both biases of a gate are added once, here. */
function bias(t: Tensor | undefined, hidden: number): Tensor {
  const both = t === undefined ? new Float32Array(8 * hidden) : floats(t);
  if (both.length !== 8 * hidden) refuse('ONNX_SHAPE', `LSTM: bias of ${both.length} elements, expected ${8 * hidden}`);
  return float32([4 * hidden], Array.from({ length: 4 * hidden }, (_, i) => both[i]! + both[4 * hidden + i]!));
}
