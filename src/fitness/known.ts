import { DTYPE, floats, type Tensor } from '../onnx/index.js';
import type { Sample } from './sample.js';

// What byte-wide contractions must give, in JavaScript's exact integers: all sums here are far below 2⁵³.

/** Whether the exact result of an operator's samples is known here, without a referee. */
export function isKnown(op: string): boolean {
  return ['MatMulInteger', 'ConvInteger', 'QLinearMatMul', 'QLinearConv'].includes(op);
}

/** The results of a byte-wide contraction of {@link SAMPLERS}, row-major. Requantised ones are rounded half to even. */
export function knownAnswer(sample: Sample): number[] {
  const requantised = sample.op.startsWith('QLinear');
  const operand = (k: number): Tensor => sample.operands[k]!.tensor;
  const [second, zeros] = requantised ? [3, [2, 5]] as const : [1, [2, 3]] as const;
  const sums = contract(operand(0), operand(second), number(operand(zeros[0])), number(operand(zeros[1])));
  if (!requantised) return sums;
  const factor = (floats(operand(1))[0]! * floats(operand(4))[0]!) / floats(operand(6))[0]!;
  const [low, high] = operand(0).dtype === DTYPE.int8 ? [-128, 127] : [0, 255];
  return sums.map((sum) => Math.min(high, Math.max(low, halfToEven(sum * factor) + number(operand(7)))));
}

/** Elements of a tensor of integers. */
export function integersOf({ dtype, data }: Pick<Tensor, 'dtype' | 'data'>): ArrayLike<number> {
  if (dtype === DTYPE.int8) return new Int8Array(data.buffer, data.byteOffset, data.length);
  return dtype === DTYPE.uint8 ? data : new Int32Array(data.slice().buffer);
}

const number = (t: Tensor): number => integersOf(t)[0]!;

function halfToEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest < 0.5 || (rest === 0.5 && down % 2 === 0) ? down : down + 1;
}

// A product of matrices, or a convolution of one image with stride 1 and no padding.
function contract(a: Tensor, b: Tensor, zeroA: number, zeroB: number): number[] {
  const [x, w] = [integersOf(a), integersOf(b)];
  const out: number[] = [];
  if (a.dims.length === 2) {
    const [m, k, n] = [a.dims[0]!, a.dims[1]!, b.dims[1]!];
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let q = 0; q < k; q++) sum += (x[i * k + q]! - zeroA) * (w[q * n + j]! - zeroB);
        out.push(sum);
      }
    return out;
  }
  const [channels, height, width] = [a.dims[1]!, a.dims[2]!, a.dims[3]!];
  const [filters, kernel] = [b.dims[0]!, b.dims[2]!];
  for (let f = 0; f < filters; f++)
    for (let i = 0; i + kernel <= height; i++)
      for (let j = 0; j + kernel <= width; j++) {
        let sum = 0;
        for (let c = 0; c < channels; c++)
          for (let p = 0; p < kernel; p++)
            for (let q = 0; q < kernel; q++)
              sum += (x[(c * height + i + p) * width + j + q]! - zeroA) * (w[((f * channels + c) * kernel + p) * kernel + q]! - zeroB);
        out.push(sum);
      }
  return out;
}
