import type { TensorParcel } from './messages.js';
import { pack, unpack } from './parcel.js';
import { tensorOf, type Tensor } from './tensor.js';

/** Packs named tensors. */
export async function packTensors(scratch: string, tensors: ReadonlyMap<string, Tensor>): Promise<TensorParcel> {
  const list = [...tensors.values()];
  return {
    names: [...tensors.keys()],
    heads: list.map(({ dtype, dims }) => ({ dtype, dims: [...dims] })),
    data: await pack(scratch, list.map((t) => t.data)),
  };
}

/** Unpacks named tensors. @throws OnnxError TENSOR_SIZE */
export async function unpackTensors(parcel: TensorParcel): Promise<Map<string, Tensor>> {
  const data = await unpack(parcel.data);
  return new Map(parcel.names.map((name, i) => [name, tensorOf(parcel.heads[i]!, data[i]!)]));
}

/** Names tensors by their position, for ordered lists. */
export function numbered(tensors: readonly Tensor[]): Map<string, Tensor> {
  return new Map(tensors.map((t, i) => [String(i), t]));
}
