import { refuse } from '../errors.js';
import { float32 } from '../tensor.js';
import type { Replacement } from './replacement.js';

/** Weights of one direction of a recurrent operator, as the file states them; gates are stacked in ONNX's order. */
export interface DirectionWeights {
  /** [gates · H, I] */
  readonly w: Float32Array;
  /** [gates · H, H] */
  readonly r: Float32Array;
  /** [2 · gates · H]: biases of the input's products, then of the state's */
  readonly b: Float32Array;
  /** [3 · H] of an LSTM: peepholes of input, output, forget */
  readonly p: Float32Array | undefined;
}

/** What a cell is built from. */
export interface CellShape {
  readonly inputs: number;
  readonly hidden: number;
  /** activations in ONNX's order (f, g, h) */
  readonly activations: readonly string[];
  /** bound of what enters an activation; undefined without one */
  readonly clip: number | undefined;
  readonly linearBeforeReset: boolean;
}

/** Hidden state, and the cell state of an LSTM. */
export type State = readonly string[];

/** A cell: what multiplies all inputs at once, and one step from those products [B, gates · H] and a state to the next state. */
export interface Cell {
  /** [I, gates · H], row-major */
  readonly input: Float32Array;
  /** [gates · H], added to the input's products */
  readonly bias: Float32Array;
  readonly step: (products: string, state: State) => State;
}

interface Kind {
  readonly gates: number;
  /** tensors of state */
  readonly states: number;
  readonly activations: readonly string[];
  readonly build: (r: Replacement, s: CellShape, w: DirectionWeights) => Cell;
}

/** The recurrent operators of ONNX. */
export const CELLS: Readonly<Record<string, Kind>> = {
  RNN: { gates: 1, states: 1, activations: ['Tanh'], build: plainCell },
  GRU: { gates: 3, states: 1, activations: ['Sigmoid', 'Tanh'], build: gruCell },
  LSTM: { gates: 4, states: 2, activations: ['Sigmoid', 'Tanh', 'Tanh'], build: lstmCell },
};

/** Activations without parameters that the referee judges. */
const ACTIVATIONS: readonly string[] = ['Sigmoid', 'Tanh', 'Relu'];

/** Rows [from, to) of a matrix of `columns` columns, transposed. */
function transposed(m: Float32Array, columns: number, from: number, to: number): Float32Array {
  const out = new Float32Array((to - from) * columns);
  for (let i = from; i < to; i++) for (let j = 0; j < columns; j++) out[j * (to - from) + i - from] = m[i * columns + j]!;
  return out;
}

/** Both biases of gates [0, gates) added once, here. */
function bothBiases(b: Float32Array, total: number): Float32Array {
  return Float32Array.from({ length: total }, (_, i) => b[i]! + b[total + i]!);
}

function activate(r: Replacement, s: CellShape, k: number, x: string): string {
  const op = ACTIVATIONS.find((name) => name.toLowerCase() === s.activations[k]!.toLowerCase());
  if (op === undefined) return refuse('REFUSED_ATTRIBUTE', `${r.node.opType}: activation ${s.activations[k]!}; ${ACTIVATIONS.join(', ')} are unrolled`);
  return r.add(op, [s.clip === undefined ? x : r.clip(x, s.clip)]);
}

/** H' = f(x + H·R). */
function plainCell(r: Replacement, s: CellShape, w: DirectionWeights): Cell {
  const recurrent = r.constant(float32([s.hidden, s.hidden], transposed(w.r, s.hidden, 0, s.hidden)));
  return {
    input: transposed(w.w, s.inputs, 0, s.hidden),
    bias: bothBiases(w.b, s.hidden),
    step: (products, [h]) => [activate(r, s, 0, r.add('Add', [products, r.add('MatMul', [h!, recurrent])]))],
  };
}

/** Gates update z, reset r, hidden n: H' = (1 - z)·n + z·H. */
function gruCell(r: Replacement, s: CellShape, w: DirectionWeights): Cell {
  const H = s.hidden;
  const gates = r.constant(float32([H, 2 * H], transposed(w.r, H, 0, 2 * H)));
  const candidate = r.constant(float32([H, H], transposed(w.r, H, 2 * H, 3 * H)));
  const bias = bothBiases(w.b, 3 * H);
  if (s.linearBeforeReset) bias.set(w.b.subarray(2 * H, 3 * H), 2 * H);
  const stateBias = s.linearBeforeReset ? r.constant(float32([H], w.b.subarray(5 * H, 6 * H))) : '';
  const one = r.scalar(1);
  return {
    input: transposed(w.w, s.inputs, 0, 3 * H),
    bias,
    step(products, [h]) {
      const [forGates, forCandidate] = r.split(products, 1, [2 * H, H]) as [string, string];
      const open = activate(r, s, 0, r.add('Add', [forGates, r.add('MatMul', [h!, gates])]));
      const [z, reset] = r.split(open, 1, [H, H]) as [string, string];
      const past = s.linearBeforeReset
        ? r.add('Mul', [reset, r.add('Add', [r.add('MatMul', [h!, candidate]), stateBias])])
        : r.add('MatMul', [r.add('Mul', [reset, h!]), candidate]);
      const n = activate(r, s, 1, r.add('Add', [forCandidate, past]));
      return [r.add('Add', [r.add('Mul', [r.add('Sub', [one, z]), n]), r.add('Mul', [z, h!])])];
    },
  };
}

/** Gates input, output, forget, cell: C' = f·C + i·g(c), H' = o·h(C'). */
function lstmCell(r: Replacement, s: CellShape, w: DirectionWeights): Cell {
  const H = s.hidden;
  const recurrent = r.constant(float32([H, 4 * H], transposed(w.r, H, 0, 4 * H)));
  const peepholes = [0, 1, 2].map((k) => w.p && r.constant(float32([H], w.p.subarray(k * H, (k + 1) * H))));
  const peep = (gate: string, k: number, c: string): string =>
    peepholes[k] === undefined ? gate : r.add('Add', [gate, r.add('Mul', [peepholes[k], c])]);
  return {
    input: transposed(w.w, s.inputs, 0, 4 * H),
    bias: bothBiases(w.b, 4 * H),
    step(products, [h, c]) {
      const gates = r.add('Add', [products, r.add('MatMul', [h!, recurrent])]);
      const [i, o, f, cell] = r.split(gates, 1, [H, H, H, H]) as [string, string, string, string];
      const kept = r.add('Mul', [activate(r, s, 0, peep(f, 2, c!)), c!]);
      const added = r.add('Mul', [activate(r, s, 0, peep(i, 0, c!)), activate(r, s, 1, cell)]);
      const next = r.add('Add', [kept, added]);
      return [r.add('Mul', [activate(r, s, 0, peep(o, 1, next)), activate(r, s, 2, next)]), next];
    },
  };
}
