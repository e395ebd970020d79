import { endianness } from 'node:os';
import { OnnxError, refuse } from './errors.js';

/** ONNX TensorProto.DataType codes of the dtypes that Assay knows (PROTOCOL §2). */
export const DTYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
} as const;

export type DtypeName = keyof typeof DTYPE;

const SIZES: Readonly<Record<number, number>> = { 1: 4, 2: 1, 3: 1, 6: 4, 7: 8, 9: 1, 10: 2, 16: 2 };
const NAMES: Readonly<Record<number, DtypeName>> = Object.fromEntries(
  Object.entries(DTYPE).map(([name, code]) => [code, name as DtypeName]),
);

// Tensors are little-endian bytes that typed arrays view in place.
if (endianness() !== 'LE') throw new Error('Assay needs a little-endian machine: tensors are viewed in place');

/** A tensor in row-major order: `data` holds its little-endian elements. */
export interface Tensor {
  /** ONNX dtype code */
  readonly dtype: number;
  /** extents, outermost first; empty for a scalar */
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** Bytes of one element. @throws OnnxError TENSOR_DTYPE */
export function elementBytes(dtype: number): number {
  return SIZES[dtype] ?? refuse('TENSOR_DTYPE', `dtype ${dtype} is not one of ${Object.keys(DTYPE).join(', ')}`);
}

/** ONNX's name of a dtype code. @throws OnnxError TENSOR_DTYPE */
export function dtypeName(dtype: number): DtypeName {
  elementBytes(dtype);
  return NAMES[dtype]!;
}

/** Product of extents; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, extent) => product * extent, 1);
}

/** Bytes of a tensor of this type. */
export function byteLength(type: { readonly dtype: number; readonly dims: readonly number[] }): number {
  return elementBytes(type.dtype) * elementCount(type.dims);
}

/** Extents are equal. */
export function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

/** Dtype, extents and every bit are equal. */
export function sameTensor(a: Tensor, b: Tensor): boolean {
  return a.dtype === b.dtype && sameDims(a.dims, b.dims) && Buffer.compare(a.data, b.data) === 0;
}

/** The bytes under a typed array, without a copy. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** float32 tensor of these values. */
export function float32(dims: readonly number[], values: ArrayLike<number>): Tensor {
  return { dtype: DTYPE.float32, dims, data: bytesOf(Float32Array.from(values)) };
}

/** int64 tensor of these integers. */
export function int64(dims: readonly number[], values: readonly number[]): Tensor {
  return { dtype: DTYPE.int64, dims, data: bytesOf(BigInt64Array.from(values, (v) => BigInt(v))) };
}

/** The elements of a float32 tensor; a view when the bytes are aligned, a copy otherwise. @throws OnnxError TENSOR_DTYPE */
export function floats(tensor: Tensor): Float32Array {
  if (tensor.dtype !== DTYPE.float32)
    throw new OnnxError('TENSOR_DTYPE', `expected float32, found ${dtypeName(tensor.dtype)}`);
  const data = aligned(tensor.data, 4);
  return new Float32Array(data.buffer, data.byteOffset, data.length / 4);
}

/** The elements as JavaScript numbers, for small tensors (axes, pads, limits). float16 and bfloat16 are refused. */
export function numbers(tensor: Tensor): number[] {
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  const count = elementCount(tensor.dims);
  const read = (i: number): number => {
    switch (tensor.dtype) {
      case DTYPE.float32:
        return view.getFloat32(4 * i, true);
      case DTYPE.int32:
        return view.getInt32(4 * i, true);
      case DTYPE.int64:
        return Number(view.getBigInt64(8 * i, true));
      case DTYPE.int8:
        return view.getInt8(i);
      case DTYPE.uint8:
      case DTYPE.bool:
        return view.getUint8(i);
      default:
        return refuse('TENSOR_DTYPE', `no numbers from ${dtypeName(tensor.dtype)}`);
    }
  };
  return Array.from({ length: count }, (_, i) => read(i));
}

/** The same bytes at an address that is a multiple of `size`: itself or a copy. */
export function aligned(data: Uint8Array, size: number): Uint8Array {
  return data.byteOffset % size === 0 ? data : new Uint8Array(data);
}

/**
 * A tensor of this type from row-major bytes.
 *
 * @throws OnnxError TENSOR_SIZE
 */
export function tensorOf(type: { readonly dtype: number; readonly dims: readonly number[] }, data: Uint8Array): Tensor {
  const expected = byteLength(type);
  if (data.length !== expected)
    refuse('TENSOR_SIZE', `${dtypeName(type.dtype)}[${type.dims.join(',')}] needs ${expected} bytes, found ${data.length}`);
  return { dtype: type.dtype, dims: [...type.dims], data };
}
