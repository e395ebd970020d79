import { DTYPE, elementCount, numbers } from '../tensor.js';
import type { Replacement } from './replacement.js';

interface Reduced {
  readonly x: string;
  readonly axes: readonly number[];
  readonly keep: boolean;
  readonly output: string;
}

/** Reductions of float32 that are made of others. */
const REDUCTIONS: Readonly<Record<string, (r: Replacement, n: Reduced) => void>> = {
  ReduceL1: (r, n) => r.reduce('ReduceSum', r.add('Abs', [n.x]), n.axes, n.keep, n.output),
  ReduceSumSquare: (r, n) => r.reduce('ReduceSum', r.add('Mul', [n.x, n.x]), n.axes, n.keep, n.output),
  ReduceL2: (r, n) => r.add('Sqrt', [r.reduce('ReduceSum', r.add('Mul', [n.x, n.x]), n.axes, n.keep)], {}, n.output),
  ReduceLogSum: (r, n) => r.add('Log', [r.reduce('ReduceSum', n.x, n.axes, n.keep)], {}, n.output),
  ReduceLogSumExp: logSumExp,
  ReduceProd: product,
};

/**
 * Reductions and pools that the referee does not know, as those that it knows: ReduceL1, L2, SumSquare, LogSum, LogSumExp
 * and Prod of float32, LpPool and GlobalLpPool of p 1 and 2, TopK that need not sort.
 */
export function composed(r: Replacement): string | undefined {
  const { node } = r;
  if (node.opType === 'TopK') return sortedTopK(r);
  if (r.types.get(node.input[0] ?? '')?.dtype !== DTYPE.float32) return undefined;
  if (node.opType === 'LpPool' || node.opType === 'GlobalLpPool') return lpPool(r);
  const build = Object.hasOwn(REDUCTIONS, node.opType) ? REDUCTIONS[node.opType] : undefined;
  if (build === undefined || r.opset < 10) return undefined;
  const x = node.input[0] ?? '';
  const rank = r.type(x).dims.length;
  const operand = r.operand(1);
  if ((node.input[1] ?? '') !== '' && operand === undefined) return undefined; // computed axes
  const stated = r.attributes['axes']?.ints ?? (operand && numbers(operand)) ?? [];
  if (stated.length === 0 && (r.attributes['noop_with_empty_axes']?.i ?? 0) !== 0) return undefined;
  const axes = stated.length > 0 ? stated.map((a) => (a < 0 ? a + rank : a)) : Array.from({ length: rank }, (_, i) => i);
  build(r, { x, axes: axes.sort((a, b) => a - b), keep: (r.attributes['keepdims']?.i ?? 1) !== 0, output: node.output[0] ?? '' });
  return `${node.opType}: composed`;
}

/** log Σ e^x = m + log Σ e^(x - m) with the maximum m, so that nothing overflows. */
function logSumExp(r: Replacement, n: Reduced): void {
  const most = r.reduce('ReduceMax', n.x, n.axes, true);
  const sum = r.reduce('ReduceSum', r.add('Exp', [r.add('Sub', [n.x, most])]), n.axes, true);
  const log = r.add('Log', [sum]);
  if (n.keep) r.add('Add', [log, most], {}, n.output);
  else r.reshape(r.add('Add', [log, most]), r.type(n.output).dims, n.output);
}

/** A product along an axis by halves: log2 of its extent steps. */
function product(r: Replacement, n: Reduced): void {
  let { x } = n;
  for (const axis of n.axes)
    for (let extent = r.type(n.x).dims[axis]!; extent > 1; extent = Math.ceil(extent / 2)) {
      const half = Math.floor(extent / 2);
      const pairs = r.add('Mul', [r.slice(x, axis, 0, half), r.slice(x, axis, half, 2 * half)]);
      x = extent % 2 === 0 ? pairs : r.add('Concat', [pairs, r.slice(x, axis, 2 * half, extent)], { axis: { i: axis } });
    }
  r.reshape(x, r.type(n.output).dims, n.output);
}

/** (Σ |x|^p)^(1/p) over windows: an average that counts padding, times the size of the window. */
function lpPool(r: Replacement): string | undefined {
  const { node } = r;
  const p = r.attributes['p']?.i ?? 2;
  if ((p !== 1 && p !== 2) || r.attributes['ceil_mode']?.i || r.attributes['dilations']?.ints?.some((d) => d !== 1)) return undefined;
  const x = node.input[0] ?? '';
  const powers = p === 1 ? r.add('Abs', [x]) : r.add('Mul', [x, x]);
  const kernel = r.attributes['kernel_shape']?.ints ?? r.type(x).dims.slice(2);
  const { p: _p, dilations: _d, ceil_mode: _c, ...window } = r.attributes;
  const mean = node.opType === 'LpPool' ? r.add('AveragePool', [powers], { ...window, count_include_pad: { i: 1 } }) : r.add('GlobalAveragePool', [powers]);
  const size = r.scalar(elementCount(kernel));
  if (p === 1) r.add('Mul', [mean, size], {}, node.output[0]);
  else r.add('Sqrt', [r.add('Mul', [mean, size])], {}, node.output[0]);
  return `${node.opType}: composed`;
}

/** The order of an unsorted TopK is any order: the prepared file sorts, so that every element has one value. */
function sortedTopK(r: Replacement): string | undefined {
  if ((r.attributes['sorted']?.i ?? 1) !== 0) return undefined;
  r.nodes.push({ ...r.node, attribute: r.node.attribute.filter((a) => a.name !== 'sorted') });
  return 'TopK: sorted';
}
