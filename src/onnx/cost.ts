import { CHUNK_BYTES } from '../merkle/index.js';
import { memoryOrder, type TensorType } from './layout.js';
import { secondFactor } from './operators.js';
import { attributesOf, KIND, traceBytes, type Program, type ProgramNode } from './program.js';
import { encodeHeader, encodeNode } from './record.js';
import { byteLength, elementBytes, elementCount } from './tensor.js';

/** No node of a program may need a proof of more bytes than this (PROTOCOL §3). */
export const MAX_PROOF_BYTES = 256 * 1024;

// Bytes of a proof's framing, as the chain counts them: a hash is a tag, a length and 32 bytes; a chunk has a tag and a
// length of two bytes; an opening a tag and a length of three; fixed fields and the record's length need less than 64.
const HASH_BYTES = 34;
const CHUNK_FRAMING = 3;
const OPENING_FRAMING = 4;
const PROOF_FRAMING = 64;

/** How many indices of one axis an output element reads, and how far apart they are. */
export interface Reach {
  readonly count: number;
  readonly step: number;
}

const ONE: Reach = { count: 1, step: 1 };

/** Multiply-adds that a node declares; 0 for nodes without a contraction. */
export function macs(node: ProgramNode): number {
  const out = elementCount(node.outputs[0]!.dims);
  const dims = (k: number): readonly number[] => node.inputs[k]!.type!.dims;
  switch (node.op) {
    case 'Conv':
    case 'ConvInteger':
    case 'QLinearConv':
      return out * elementCount(dims(secondFactor(node.op)).slice(1));
    case 'ConvTranspose':
      return elementCount(dims(0)) * elementCount(dims(1).slice(1));
    case 'Gemm':
      return out * (attributesOf(node).int('transA') === 1 ? dims(0)[0]! : dims(0)[1]!);
    case 'MatMul':
    case 'MatMulInteger':
    case 'QLinearMatMul':
      return out * dims(0).at(-1)!;
    default:
      return 0;
  }
}

/** Multiply-adds, and bytes of VALUEs, that even a slow and busy core gets done in a millisecond; a quiet one does ten times as many. */
const SLOW = { macs: 200_000, bytes: 10_000 } as const;

/** A program that needs longer is one that somebody must mean to run: `runtime.timeout_ms` then says so. */
const MOST_ALLOWANCE_MS = 3_600_000;

/** Milliseconds that one un-optimised run of a program may take beside what any call may, by its size; an hour at most. */
export function runAllowanceMs(program: Program): number {
  const products = program.nodes.reduce((sum, n) => sum + macs(n), 0);
  return Math.min(MOST_ALLOWANCE_MS, Math.ceil(products / SLOW.macs + traceBytes(program) / SLOW.bytes));
}

/** What operand `k` contributes to one output element: a box of its index space, one reach an axis. */
export function reach(node: ProgramNode, k: number): Reach[] {
  const dims = node.inputs[k]!.type!.dims;
  const one = dims.map(() => ONE);
  const whole = (reads: (axis: number) => boolean): Reach[] => dims.map((d, i) => (reads(i) ? { count: d, step: 1 } : ONE));
  const a = attributesOf(node);
  const second = secondFactor(node.op);
  const filter = node.inputs[second]?.type?.dims ?? [];
  switch (node.op) {
    case 'Conv':
    case 'ConvInteger':
    case 'QLinearConv':
      if (k !== 0 && k !== second) return one;
      if (k === second) return whole((i) => i > 0);
      return dims.map((_, i) => (i === 0 ? ONE : { count: filter[i]!, step: i === 1 ? 1 : a.list('dilations')[i - 2]! }));
    case 'ConvTranspose':
      return k > 1 ? one : transposedReach(node, k, dims, filter);
    case 'MatMul':
    case 'MatMulInteger':
    case 'QLinearMatMul':
    case 'Gemm': {
      if (k !== 0 && k !== second) return one;
      const transposed = node.op === 'Gemm' && a.int(k === 0 ? 'transA' : 'transB') === 1;
      const inner = (k === 0) !== transposed ? dims.length - 1 : dims.length - 2;
      return whole((i) => i === inner);
    }
    case 'MaxPool':
    case 'AveragePool':
      return dims.map((_, i) => (i < 2 ? ONE : { count: a.list('kernel_shape')[i - 2]!, step: a.list('dilations')[i - 2]! }));
    case 'GlobalAveragePool':
    case 'GlobalMaxPool':
    case 'InstanceNormalization':
      return k === 0 ? whole((i) => i > 1) : one;
    case 'Softmax':
    case 'LogSoftmax':
    case 'ArgMax':
    case 'ArgMin':
    case 'CumSum':
    case 'TopK':
      return whole((i) => i === a.int('axis'));
    case 'LayerNormalization':
      return k === 0 ? whole((i) => i >= a.int('axis')) : one;
    case 'ReduceSum':
    case 'ReduceMean':
    case 'ReduceMax':
    case 'ReduceMin':
      return whole((i) => a.list('axes').includes(i));
    case 'Resize':
      if (a.text('mode') !== 'linear') return one;
      return dims.map((d, i) => {
        const scaled = a.list('scales')[i] !== 1;
        return scaled || interpolates(a.list('scales'), i) ? { count: Math.min(scaled ? 3 : 2, d), step: 1 } : ONE;
      });
    default:
      return one; // elementwise and data movement: one element of each operand
  }
}

/** The axes between whose elements a linear Resize interpolates; chain/program says why. */
function interpolates(scales: readonly number[], axis: number): boolean {
  if (scales.length < 4) return true;
  return scales.length === 4 && scales[1] !== 1 ? axis === 1 || axis === 2 : axis >= 2;
}

function transposedReach(node: ProgramNode, k: number, dims: readonly number[], filter: readonly number[]): Reach[] {
  const a = attributesOf(node);
  const depth = node.inputs[0]!.type!.dims[1]! / a.int('group');
  return dims.map((_, i) => {
    if (i < 2) return (k === 1 ? i === 0 : i === 1) ? { count: depth, step: 1 } : ONE;
    const stride = a.list('strides')[i - 2]!;
    if (a.list('dilations')[i - 2] !== 1) return { count: filter[i]!, step: 1 };
    return { count: Math.ceil(filter[i]! / stride), step: k === 1 ? stride : 1 };
  });
}

/** Granules of `size` bytes that a box touches at worst: per axis either separate pieces or one covering span. */
export function granules(type: TensorType, box: readonly Reach[], size: number): number {
  const width = elementBytes(type.dtype);
  let count = 1;
  let span = 1;
  let stride = 1;
  for (const axis of memoryOrder(type.layout, type.dims.length).reverse()) {
    const extent = type.dims[axis]!;
    const n = Math.min(box[axis]!.count, extent);
    if (n > 1) {
      span += Math.min((n - 1) * Math.abs(box[axis]!.step), extent - 1) * stride;
      count = Math.min(n * count, 1 + Math.ceil(((span - 1) * width) / size));
    }
    stride *= extent;
  }
  return Math.min(count, Math.max(1, Math.ceil((stride * width) / size)));
}

/** Bytes of chunks and sibling hashes that opening a box needs at worst: the closed form that the chain computes too. */
export function openingBound(type: TensorType, box: readonly Reach[]): number {
  const bytes = byteLength(type);
  const depth = ceilLog2(Math.max(1, Math.ceil(bytes / CHUNK_BYTES)));
  const chunks = granules(type, box, CHUNK_BYTES);
  let hashes = 0;
  if (depth > 0) {
    hashes = 2;
    for (let level = 1; level < depth; level++)
      hashes += Math.min(2 ** level, granules(type, box, CHUNK_BYTES * 2 ** (depth - level)));
    hashes = Math.max(0, hashes - chunks);
  }
  return Math.min(chunks * CHUNK_BYTES, bytes) + chunks * CHUNK_FRAMING + hashes * HASH_BYTES + OPENING_FRAMING;
}

/** Bytes of the multiproof of one leaf among n. */
function pathBound(n: number): number {
  return HASH_BYTES * ceilLog2(Math.max(1, n));
}

/** Bytes of the largest proof that opens the header: of an output, or of one chunk of any input or weight. */
export function headerProofBound(program: Program): number {
  const single = (t: TensorType): number => openingBound(t, t.dims.map(() => ONE));
  const bounds = [
    ...program.inputs.map((t) => single(t) + pathBound(program.inputs.length)),
    ...program.weights.map((t) => single(t) + pathBound(program.weights.length)),
    ...program.outputs.map((o) => 2 * single(o.type!) + pathBound(program.outputs.length) + pathBound(program.values)),
  ];
  return encodeHeader(program).length + pathBound(program.nodes.length + 1) + PROOF_FRAMING + Math.max(...bounds);
}

/** Bytes of the largest proof that any element of node `index` can need. */
export function proofBound(program: Program, index: number): number {
  const node = program.nodes[index]!;
  const leaves = (kind: number): number =>
    kind === KIND.value ? program.values : kind === KIND.weight ? program.weights.length : program.inputs.length;
  const path = (kind: number): number => pathBound(leaves(kind));
  const operands = node.inputs.map((o, k) => (o.kind === KIND.none ? 0 : openingBound(o.type!, reach(node, k)) + path(o.kind)));
  const outputs = node.outputs.map((t) => openingBound(t, t.dims.map(() => ONE)));
  // One element of a Concat comes from one operand.
  const read = node.op === 'Concat' ? Math.max(...operands) : operands.reduce((sum, b) => sum + b, 0);
  const leaf = encodeNode(node).length + pathBound(program.nodes.length + 1);
  return PROOF_FRAMING + leaf + path(KIND.value) + Math.max(...outputs) + read;
}

function ceilLog2(n: number): number {
  let bits = 0;
  while (2 ** bits < n) bits++;
  return bits;
}
