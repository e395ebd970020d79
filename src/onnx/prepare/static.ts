import type { Context } from './context.js';

/** Operands that decide the extents of a result, or which numbers it takes. A program has them as they are when it is prepared. */
const DECIDING: Readonly<Record<string, readonly number[]>> = {
  Reshape: [1], Expand: [1], Tile: [1], Squeeze: [1], Unsqueeze: [1], Split: [1], Slice: [1, 2, 3, 4], Pad: [1, 2, 3], TopK: [1], Trilu: [1],
  CumSum: [1], Resize: [2, 3], Upsample: [1], OneHot: [1], Compress: [1], ReverseSequence: [1], ConstantOfShape: [0], Range: [0, 1, 2],
};

/** Refuses a node whose shape follows from an input: the program would hold for the values of one sample alone. */
export function demandStatic(c: Context): void {
  for (const k of Object.hasOwn(DECIDING, c.op) ? DECIDING[c.op]! : [])
    if ((c.inputs[k] ?? '') !== '' && c.constant(k) === undefined)
      c.refuse(`operand ${k} follows from an input and decides what is computed; bind that input to a constant`);
}
