import { decimalUnits } from '../src/chain/index.js';
import type { Tolerance } from '../src/chain/generated/assay/registry/v1/registry.js';
import { DTYPE, tensorOf, type Program } from '../src/onnx/index.js';

/** The element of an output that lies farthest beyond what was signed. */
export interface Beyond {
  /** index of the output */
  readonly slot: number;
  /** logical row-major index */
  readonly element: number;
  readonly committed: number;
  readonly expected: number;
  /** |committed − expected| over the tolerance; Infinity where no tolerance can cover it */
  readonly ratio: number;
}

/**
 * Compares outputs with others under the requester's tolerance, |y − y'| ≤ abs + rel · |y'|, y the committed output. What
 * is not float32 or float16 must be equal. Undefined when every element is within.
 *
 * This decides whether to ask, never whether to accuse: the referee does that, exactly. So float64 is good enough.
 *
 * @param committed bytes of each output, row-major; @param expected the same, of another run
 */
export function firstBeyond(program: Program, committed: readonly Uint8Array[], expected: readonly Uint8Array[], tolerance: Tolerance | undefined): Beyond | undefined {
  const abs = Number(decimalUnits(tolerance?.abs ?? '0')) * 1e-18;
  const rel = Number(decimalUnits(tolerance?.rel ?? '0')) * 1e-18;
  let worst: Beyond | undefined;
  program.outputs.forEach((operand, slot) => {
    const type = operand.type!;
    const a = committed[slot]!;
    const b = expected[slot]!;
    if (Buffer.compare(a, b) === 0) return;
    const y = elementsOf(type.dtype, tensorOf(type, a).data);
    const z = elementsOf(type.dtype, tensorOf(type, b).data);
    for (let i = 0; i < y.length; i++) {
      const ratio = distance(y[i]!, z[i]!, abs, rel, type.dtype);
      if (ratio > (worst?.ratio ?? 1)) worst = { slot, element: i, committed: y[i]!, expected: z[i]!, ratio };
    }
  });
  return worst;
}

function distance(y: number, z: number, abs: number, rel: number, dtype: number): number {
  if (y === z || (Number.isNaN(y) && Number.isNaN(z))) return 0;
  const isFloat = dtype === DTYPE.float32 || dtype === DTYPE.float16 || dtype === DTYPE.bfloat16;
  if (!isFloat || !Number.isFinite(y) || !Number.isFinite(z)) return Infinity;
  const allowed = abs + rel * Math.abs(z);
  return allowed === 0 ? Infinity : Math.abs(y - z) / allowed;
}

/** Elements of bytes as numbers, in the order in which they lie; of int64 the nearest. */
export function elementsOf(dtype: number, data: Uint8Array): ArrayLike<number> {
  const bytes = new Uint8Array(data);
  switch (dtype) {
    case DTYPE.float32:
      return new Float32Array(bytes.buffer);
    case DTYPE.float16:
      return Array.from(new Uint16Array(bytes.buffer), half);
    case DTYPE.bfloat16: {
      const wide = Uint32Array.from(new Uint16Array(bytes.buffer), (x) => x << 16);
      return new Float32Array(wide.buffer);
    }
    case DTYPE.int32:
      return new Int32Array(bytes.buffer);
    case DTYPE.int64:
      return Array.from(new BigInt64Array(bytes.buffer), Number);
    case DTYPE.int8:
      return new Int8Array(bytes.buffer);
    default:
      return bytes;
  }
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
