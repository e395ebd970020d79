import type { Case, Named } from './cases.js';

/**
 * Operands that choose what is computed, not its numbers: shapes, axes, counts. A program states them as attributes, so
 * the inputs behind them are bound. Positions as in the ONNX operator specification.
 */
const STEERING: Readonly<Record<string, readonly number[]>> = {
  Reshape: [1], Expand: [1], Tile: [1], Squeeze: [1], Unsqueeze: [1], ConstantOfShape: [0], Range: [0, 1, 2],
  Slice: [1, 2, 3, 4], Pad: [1, 2, 3], Split: [1], Resize: [1, 2, 3], Upsample: [1], TopK: [1], CumSum: [1], Trilu: [1],
  ReduceSum: [1], ReduceMean: [1], ReduceMax: [1], ReduceMin: [1], ReduceProd: [1], ReduceL1: [1], ReduceL2: [1],
  ReduceLogSum: [1], ReduceLogSumExp: [1], ReduceSumSquare: [1], Dropout: [1, 2], Pow: [1], OneHot: [1],
  CenterCropPad: [1], Clip: [1, 2],
};

/** Recurrent weights are constants of a program: it unrolls. */
const WEIGHTS: Readonly<Record<string, readonly number[]>> = { LSTM: [1, 2, 3, 4, 7], GRU: [1, 2, 3, 4] };

/** Which inputs to bind, from the fewest on: none, those that steer, the weights too, all integers, all but the first. */
export function bindings(c: Case, inputs: readonly Named[]): Named[][] {
  const names = (table: Readonly<Record<string, readonly number[]>>): Set<string> =>
    new Set(c.nodes.flatMap((n) => (table[n.opType] ?? []).map((k) => n.input[k] ?? '')));
  const steering = names(STEERING);
  const weights = names(WEIGHTS);
  const isWhole = (t: Named): boolean => [3, 2, 6, 7, 9].includes(t.tensor.dtype);
  const choices = [
    [],
    inputs.filter((t) => steering.has(t.name)),
    inputs.filter((t) => steering.has(t.name) || weights.has(t.name)),
    inputs.filter((t, k) => k > 0 && isWhole(t)),
    inputs.slice(1),
  ];
  const seen = new Set<string>();
  return choices.filter((list) => {
    const key = list.map((t) => t.name).join('\n');
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
