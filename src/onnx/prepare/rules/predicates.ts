import { DTYPE } from '../../tensor.js';
import type { Context, Rule } from '../context.js';

const FLOAT_MAX = 3.4028234663852886e38;

/** Tests that are made of comparisons, exactly. */
export const predicates: Readonly<Record<string, Rule>> = {
  Xor(c) {
    c.note('as Equal, Not');
    negated(c, 'Equal', [c.input(0), c.input(1)]);
  },
  IsNaN(c) {
    demandFloat32(c);
    c.note('as Equal, Not');
    negated(c, 'Equal', [c.input(0), c.input(0)]);
  },
  IsInf(c) {
    demandFloat32(c);
    const positive = c.int('detect_positive', 1) !== 0;
    const negative = c.int('detect_negative', 1) !== 0;
    if (!positive && !negative) c.refuse('it detects nothing: the result is a constant');
    c.note('as a comparison');
    let x = c.input(0);
    if (positive && negative) {
      x = c.fresh(c.type(x));
      c.emit('Abs', [c.input(0)], [x]);
    }
    c.emit(positive ? 'Greater' : 'Less', [x, c.scalar(positive ? FLOAT_MAX : -FLOAT_MAX)], [c.output]);
  },
};

function negated(c: Context, op: string, operands: readonly string[]): void {
  const holds = c.fresh(c.type(c.output));
  c.emit(op, operands, [holds]);
  c.emit('Not', [holds], [c.output]);
}

function demandFloat32(c: Context): void {
  if (c.type(c.input(0)).dtype !== DTYPE.float32) c.refuse('only float32');
}
