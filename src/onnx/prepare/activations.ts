import type { Replacement } from './replacement.js';

/** Writes an activation of x into y by parts. */
type Parts = (r: Replacement, x: string, y: string | undefined) => void;

const attribute = (r: Replacement, name: string, otherwise: number): number => r.attributes[name]?.f ?? otherwise;

/** max(x, 0) + alpha·(exp(min(x, 0)/scale) - 1): the exponential never overflows, and x ≥ 0 is kept exactly. */
function exponentialBelow(r: Replacement, x: string, alpha: number, scale: number, y?: string): string {
  const zero = r.scalar(0);
  const below = r.add('Min', [x, zero]);
  const power = r.add('Exp', [scale === 1 ? below : r.add('Div', [below, r.scalar(scale)])]);
  const left = r.add('Mul', [r.add('Sub', [power, r.scalar(1)]), r.scalar(alpha)]);
  return r.add('Add', [r.add('Max', [x, zero]), left], {}, y);
}

const PARTS: Readonly<Record<string, Parts>> = {
  Elu: (r, x, y) => exponentialBelow(r, x, attribute(r, 'alpha', 1), 1, y),
  Celu: (r, x, y) => exponentialBelow(r, x, attribute(r, 'alpha', 1), attribute(r, 'alpha', 1), y),
  Selu: (r, x, y) =>
    r.add('Mul', [exponentialBelow(r, x, attribute(r, 'alpha', 1.67326319217681884765625), 1), r.scalar(attribute(r, 'gamma', 1.05070102214813232421875))], {}, y),
  Softsign: (r, x, y) => r.add('Div', [x, r.add('Add', [r.add('Abs', [x]), r.scalar(1)])], {}, y),
  ThresholdedRelu: (r, x, y) => r.add('Where', [r.add('Greater', [x, r.scalar(attribute(r, 'alpha', 1))]), x, r.scalar(0)], {}, y),
  Mish: (r, x, y) => r.add('Mul', [x, r.add('Tanh', [r.add('Softplus', [x])])], {}, y),
  Swish(r, x, y) {
    const alpha = attribute(r, 'alpha', 1);
    r.add('Mul', [x, r.add('Sigmoid', [alpha === 1 ? x : r.add('Mul', [x, r.scalar(alpha)])])], {}, y);
  },
  Shrink(r, x, y) {
    const limit = attribute(r, 'lambd', 0.5);
    const bias = r.scalar(attribute(r, 'bias', 0));
    const above = r.add('Where', [r.add('Greater', [x, r.scalar(limit)]), r.add('Sub', [x, bias]), r.scalar(0)]);
    r.add('Where', [r.add('Less', [x, r.scalar(-limit)]), r.add('Add', [x, bias]), above], {}, y);
  },
};

/** Activations that few models have, as operators that the referee judges. */
export function activationByParts(r: Replacement): string | undefined {
  const { node } = r;
  const parts = Object.hasOwn(PARTS, node.opType) ? PARTS[node.opType] : undefined;
  if (parts === undefined) return undefined;
  parts(r, node.input[0] ?? '', node.output[0]);
  return `${node.opType}: by parts`;
}
