import { DTYPE, float32, type Tensor } from '../onnx/index.js';
import { attribute, byteOf, given, typed, weight, type Sample, type SampleOperand, type Values } from './sample.js';

// Half of all bytes are at the limits of their dtype: 255·127 + 255·127 does not fit into 16 bits, in which kernels for x64
// without VNNI silently saturate the sums of pairs.

interface Shape {
  readonly op: 'MatMul' | 'Conv';
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly y: readonly number[];
  /** products in one sum */
  readonly k: number;
}

const matrix = (m: number, k: number, n: number): Shape => ({ op: 'MatMul', a: [m, k], b: [k, n], y: [m, n], k });
const filter = (channels: number, out: number, kernel: number): Shape =>
  ({ op: 'Conv', a: [1, channels, 8, 9], b: [out, channels, kernel, kernel], y: [1, out, 9 - kernel, 10 - kernel], k: channels * kernel * kernel });

// One row and several, whole registers and what is left of one: runtimes have different kernels for each.
const MATRICES: readonly Shape[] = [matrix(1, 64, 16), matrix(7, 131, 33)];
const FILTERS: readonly Shape[] = [filter(16, 17, 1), filter(5, 9, 3)];

/** dtypes of both factors, as the chain allows them. */
const DTYPES: readonly (readonly [number, number])[] = [[DTYPE.uint8, DTYPE.int8], [DTYPE.uint8, DTYPE.uint8], [DTYPE.int8, DTYPE.int8]];

const WINDOW = [attribute('dilations', [1, 1]), attribute('group', [1]), attribute('pads', [0, 0, 0, 0]), attribute('strides', [1, 1])];

/** The middle of a dtype: with it as zero point, sums are of both signs. */
const middle = (dtype: number): SampleOperand => weight(byteOf(dtype === DTYPE.uint8 ? 128 : 0, dtype));
const scale = (value: number): SampleOperand => weight(float32([], [value]));

function plain(s: Shape, a: Tensor, b: SampleOperand, bDtype: number): Sample {
  return { op: `${s.op}Integer`, attributes: s.op === 'Conv' ? WINDOW : [], operands: [given(a), b, middle(a.dtype), middle(bDtype)], outputs: [typed(s.y, DTYPE.int32)] };
}

// Powers of two: requantising then rounds nothing but the last quotient, and no sum comes near the limits of the result.
function requantised(s: Shape, a: Tensor, b: SampleOperand, bDtype: number): Sample {
  const step = 2 ** Math.ceil(Math.log2(s.k * 40));
  const operands = [given(a), scale(1), middle(a.dtype), b, scale(1), middle(bDtype), scale(step), middle(a.dtype)];
  return { op: `QLinear${s.op}`, attributes: s.op === 'Conv' ? WINDOW : [], operands, outputs: [typed(s.y, a.dtype)] };
}

const samples = (shapes: readonly Shape[], make: typeof plain) => (v: Values): Sample[] =>
  shapes.flatMap((s) =>
    DTYPES.flatMap(([aDtype, bDtype]) => {
      const b = v.bytes(s.b, bDtype);
      // A filter is always a weight; a matrix may come with the job, and is then packed otherwise.
      return (s.op === 'Conv' ? [weight(b)] : [weight(b), given(b)]).map((operand) => make(s, v.bytes(s.a, aDtype), operand, bDtype));
    }),
  );

/** Samples of the operators that multiply bytes. */
export const integerContractions = {
  MatMulInteger: samples(MATRICES, plain),
  ConvInteger: samples(FILTERS, plain),
  QLinearMatMul: samples(MATRICES, requantised),
  QLinearConv: samples(FILTERS, requantised),
};
