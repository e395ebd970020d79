import type { Rule } from '../context.js';

/** Matrix products. Vectors became matrices and scales became Mul before (they change numbers). */
export const contractions: Readonly<Record<string, Rule>> = {
  MatMul: (c) => c.emit('MatMul', [c.input(0), c.input(1)], [c.output]),
  Gemm(c) {
    const bias = c.float('beta', 1) === 0 ? [] : c.inputs.slice(2);
    if (c.float('alpha', 1) !== 1 || (bias.length > 0 && c.float('beta', 1) !== 1)) c.refuse('alpha and beta must be 1 here');
    c.emit('Gemm', [c.input(0), c.input(1), ...bias], [c.output], { transA: { i: c.int('transA', 0) }, transB: { i: c.int('transB', 0) } });
  },
};
