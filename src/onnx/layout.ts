import { refuse } from './errors.js';
import { aligned, byteLength, elementBytes, elementCount, tensorOf, type Tensor } from './tensor.js';

/** Order of a tensor's elements in memory (PROTOCOL §3). It makes what one output element reads contiguous. */
export const LAYOUT = {
  row: 0,
  /** [N][spatial…][C]; filters [out][k…][in/group] */
  axis1Last: 1,
  /** last two axes swapped */
  swapped: 2,
  /** axis 0 last: filters of ConvTranspose as [out/group][k…][in] */
  axis0Last: 3,
} as const;

/** Names for messages, by layout number. */
export const LAYOUT_NAMES = ['row', 'axis-1-last', 'last-two-swapped', 'axis-0-last'] as const;

/** Static type of a tensor of a program. */
export interface TensorType {
  readonly dtype: number;
  readonly dims: readonly number[];
  readonly layout: number;
}

/** Axes in memory order, outermost first. */
export function memoryOrder(layout: number, rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, i) => i);
  switch (layout) {
    case LAYOUT.row:
      return axes;
    case LAYOUT.axis1Last:
      return [0, ...axes.slice(2), 1];
    case LAYOUT.swapped:
      return [...axes.slice(0, rank - 2), rank - 1, rank - 2];
    case LAYOUT.axis0Last:
      return [...axes.slice(1), 0];
    default:
      return refuse('RECORD_INVALID', `layout ${layout} is not one of 0 to 3`);
  }
}

/** True when the layout exists for these extents and moves something: the only spelling that a record may hold beside row. */
export function layoutMoves(layout: number, dims: readonly number[]): boolean {
  if (layout === LAYOUT.row || dims.length < (layout === LAYOUT.axis1Last ? 3 : 2)) return false;
  const order = memoryOrder(layout, dims.length).filter((axis) => dims[axis] !== 1);
  return order.some((axis, i) => i > 0 && order[i - 1]! > axis);
}

/** Row-major bytes → bytes in the layout of `type`. The same array when nothing moves. */
export function toLayout(type: TensorType, data: Uint8Array): Uint8Array {
  const [outer, rows, columns] = planes(type);
  return transpose(data, elementBytes(type.dtype), outer, rows, columns);
}

/**
 * Bytes in the layout of `type` → row-major tensor.
 *
 * @throws OnnxError TENSOR_SIZE
 */
export function fromLayout(type: TensorType, data: Uint8Array): Tensor {
  if (data.length !== byteLength(type)) return tensorOf(type, data);
  const [outer, rows, columns] = planes(type);
  return tensorOf(type, transpose(data, elementBytes(type.dtype), outer, columns, rows));
}

/** Logical row-major index of the element that lies at a place in memory (in elements). */
export function logicalIndex(type: TensorType, at: number): number {
  const [, rows, columns] = planes(type);
  const inside = at % (rows * columns);
  return at - inside + (inside % rows) * columns + Math.floor(inside / rows);
}

/** Every layout swaps two neighbouring blocks of axes: [outer][rows][columns] → [outer][columns][rows]. */
function planes(type: TensorType): [outer: number, rows: number, columns: number] {
  const d = type.dims;
  const product = (from: number, to: number): number => elementCount(d.slice(from, to));
  switch (type.layout) {
    case LAYOUT.axis1Last:
      return [d[0] ?? 1, d[1] ?? 1, product(2, d.length)];
    case LAYOUT.swapped:
      return [product(0, d.length - 2), d[d.length - 2] ?? 1, d[d.length - 1] ?? 1];
    case LAYOUT.axis0Last:
      return [1, d[0] ?? 1, product(1, d.length)];
    default:
      return [1, 1, elementCount(d)];
  }
}

function transpose(data: Uint8Array, size: number, outer: number, rows: number, columns: number): Uint8Array {
  if (rows === 1 || columns === 1) return data;
  const source = aligned(data, size);
  const out = new Uint8Array(source.length);
  const count = source.length / size;
  const move = (from: Elements, to: Elements): void => {
    const block = 32; // keeps both sides of a block in the cache
    for (let o = 0; o < count; o += rows * columns)
      for (let r0 = 0; r0 < rows; r0 += block)
        for (let c0 = 0; c0 < columns; c0 += block) {
          const rEnd = Math.min(rows, r0 + block);
          const cEnd = Math.min(columns, c0 + block);
          for (let c = c0; c < cEnd; c++)
            for (let r = r0; r < rEnd; r++) to[o + c * rows + r] = from[o + r * columns + c]!;
        }
  };
  if (outer * rows * columns !== count) refuse('TENSOR_SIZE', `layout of ${count} elements as ${outer}×${rows}×${columns}`);
  // Integer views on purpose: a float view may quieten a signalling NaN on the way.
  if (size === 8) move64(new BigUint64Array(source.buffer, source.byteOffset, count), new BigUint64Array(out.buffer), rows, columns);
  else if (size === 4) move(new Uint32Array(source.buffer, source.byteOffset, count), new Uint32Array(out.buffer));
  else if (size === 2) move(new Uint16Array(source.buffer, source.byteOffset, count), new Uint16Array(out.buffer));
  else move(source, out);
  return out;
}

type Elements = Uint32Array | Uint16Array | Uint8Array;

function move64(from: BigUint64Array, to: BigUint64Array, rows: number, columns: number): void {
  for (let o = 0; o < from.length; o += rows * columns)
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) to[o + c * rows + r] = from[o + r * columns + c]!;
}
