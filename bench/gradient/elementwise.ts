// Functions of one element, and of several that broadcast.
import { attributesOf } from '../../src/onnx/program.js';
import { broadcastPlaces, unknown, type Rule, type Step } from './rule.js';

/** dy/dx of one element from x and y; where y has a corner, the derivative on one of its sides. */
type Slope = (x: number, y: number) => number;

const each = (slopeOf: (s: Step) => Slope): Rule => (s) => {
  const slope = slopeOf(s);
  const [x, y, d] = [s.x[0]!, s.y[0]!, s.d[0]!];
  return [d.map((g, i) => (g === 0 ? 0 : g * slope(x[i]!, y[i]!)))];
};
const plain = (slope: Slope): Rule => each(() => slope);
const number = (s: Step, name: string): number => Number(attributesOf(s.node).all[name]);

/** erf by its series: x is small where its slope matters, and e^(−x²) is left of it elsewhere (Abramowitz and Stegun 7.1.6). */
function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Gelu by erf: Φ(x) + x·φ(x); by tanh: that of x/2·(1 + tanh p), p = √(2/π)(x + 0.044715x³). */
function gelu(s: Step): Slope {
  if (attributesOf(s.node).text('approximate') === 'none') return (x) => 0.5 * (1 + erf(x / Math.SQRT2)) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
  const c = Math.sqrt(2 / Math.PI);
  return (x) => {
    const t = Math.tanh(c * (x + 0.044715 * x ** 3));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x);
  };
}

/** Derivatives of one element of an output with respect to that of each operand. */
type Partials = (x: readonly number[], y: number) => readonly number[];

/** Operands that broadcast: the gradients of all places that read an element add up. */
const several = (partials: Partials): Rule => (s) => {
  const [y, d] = [s.y[0]!, s.d[0]!];
  const places = s.operands.map((t) => broadcastPlaces(s.node.outputs[0]!.dims, t!.dims));
  const found = s.wanted.map((w, k) => (w ? new Float64Array(s.x[k]!.length) : undefined));
  const numbers = s.operands.map((t, k) => (s.x[k]!.length > 0 ? s.x[k]! : t!.data)); // a condition is one byte
  const at = new Array<number>(places.length).fill(0);
  for (let e = 0; e < d.length; e++) {
    if (d[e] === 0) continue;
    for (let k = 0; k < places.length; k++) at[k] = numbers[k]![places[k]![e]!]!;
    const slopes = partials(at, y[e]!);
    for (let k = 0; k < places.length; k++) if (found[k]) found[k]![places[k]![e]!]! += d[e]! * slopes[k]!;
  }
  return found;
};

const pow: Rule = (s) => {
  const p = number(s, 'exponent');
  return each(() => (x) => p * x ** (p - 1))(s);
};

const inside = (least: number, most: number, slope: number): Slope => (x) => (x > least && x < most ? slope : 0);

/** By operator. */
export const ELEMENTWISE: Readonly<Record<string, Rule>> = {
  Relu: plain(inside(0, Infinity, 1)),
  LeakyRelu: each((s) => { const alpha = number(s, 'alpha'); return (x) => (x >= 0 ? 1 : alpha); }),
  Clip: each((s) => inside(number(s, 'min'), number(s, 'max'), 1)),
  HardSigmoid: each((s) => { const alpha = number(s, 'alpha'); return (_, y) => (y > 0 && y < 1 ? alpha : 0); }),
  HardSwish: plain((x) => (x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6)),
  Abs: plain((x) => Math.sign(x)),
  Neg: plain(() => -1),
  Reciprocal: plain((_, y) => -y * y),
  Sqrt: plain((_, y) => 0.5 / y),
  Exp: plain((_, y) => y),
  Log: plain((x) => 1 / x),
  Erf: plain((x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x)),
  Tanh: plain((_, y) => 1 - y * y),
  Sigmoid: plain((_, y) => y * (1 - y)),
  Softplus: plain((x) => 1 / (1 + Math.exp(-x))),
  Gelu: each(gelu),
  Pow: pow,
  Add: several(() => [1, 1]),
  Sub: several(() => [1, -1]),
  Mul: several(([a, b]) => [b!, a!]),
  Div: several(([, b], y) => [1 / b!, -y / b!]),
  Max: several(([a, b]) => (a! >= b! ? [1, 0] : [0, 1])),
  Min: several(([a, b]) => (a! <= b! ? [1, 0] : [0, 1])),
  PRelu: several(([x, slope]) => (x! >= 0 ? [1, 0] : [slope!, x!])),
  Where: several(([condition]) => (condition ? [0, 1, 0] : [0, 0, 1])),
  Cast: (s) => {
    if (s.node.outputs[0]!.dtype !== 1) throw unknown(s.node, ` to dtype ${s.node.outputs[0]!.dtype}`);
    return [s.d[0]!.slice()];
  },
};
