import { clone, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import type { ModelProto } from '../../src/onnx/proto.js';

/** Whole numbers below a limit. */
export type Draw = (limit: number) => number;

/** Draws from a seed (mulberry32). */
export function draws(seed: number): Draw {
  let a = seed;
  return (limit) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

type Graph = NonNullable<ModelProto['graph']>;

const EXTENTS = [0n, 1n, 2n, 3n, 7n, -1n, -3n, 1n << 16n, 1n << 31n, 1n << 40n, (1n << 63n) - 1n, -(1n << 63n)];
const INTEGERS = [0n, 1n, -1n, 2n, -2n, 5n, 17n, 1n << 20n, 1n << 31n, (1n << 63n) - 1n, -(1n << 63n)];
const REALS = [0, -0, 1, -1, 0.5, 1e-45, 3.4e38, Infinity, -Infinity, NaN];
const OPERATORS = ['Add', 'Relu', 'Reshape', 'Gather', 'Slice', 'MatMul', 'Conv', 'Concat', 'Split', 'Softmax', 'Cast', 'Expand', 'If', 'Constant', 'Identity', 'TopK', 'Resize', 'LSTM', 'Einsum', 'Pad', 'Where', 'ReduceSum', 'LayerNormalization', 'QuantizeLinear', 'QLinearConv', 'Nonsense', ''];

function pick<T>(list: readonly T[], draw: Draw): T | undefined {
  return list.length === 0 ? undefined : list[draw(list.length)];
}

/** Changes that leave a file readable: another graph than any exporter writes. Each returns silently where it has nothing to change. */
const CHANGES: readonly ((g: Graph, draw: Draw, m: ModelProto) => void)[] = [
  // other wiring: cycles, ghosts, absent operands, duplicates
  (g, d) => rewire(g, d),
  (g, d) => rewire(g, d),
  (g, d) => { const n = pick(g.node, d); if (n) n.input.splice(d(n.input.length + 1), d(2), d(2) ? '' : (pick(names(g), d) ?? 'ghost')); },
  (g, d) => { const n = pick(g.node, d); if (n && n.output.length > 0) n.output[d(n.output.length)] = pick([...names(g), '', 'new'], d)!; },
  (g, d) => { const n = pick(g.node, d); if (n) g.node.push(n); },
  (g, d) => { if (g.node.length > 0) g.node.splice(d(g.node.length), 1); },
  (g, d) => { const o = pick(g.output, d); if (o && d(2)) g.output.push(o); else if (o) o.name = pick(names(g), d) ?? 'ghost'; },
  (g, d) => { const t = pick(g.initializer, d); if (t && d(2)) g.initializer.push(t); else if (t) t.name = pick(names(g), d) ?? t.name; },
  // other types and extents
  (g, d) => { const t = pick(g.initializer, d); if (t) t.dims = Array.from({ length: d(4) }, () => pick(EXTENTS, d)!); },
  (g, d) => { const t = pick(g.initializer, d); if (t) t.dataType = d(25); },
  (g, d) => { const t = pick(g.initializer, d); if (t) t.rawData = t.rawData?.slice(0, d(9)) ?? new Uint8Array(d(9)); },
  (g, d) => inputType(g, d, (tensor) => { tensor.elemType = d(25); }),
  (g, d) => inputType(g, d, (tensor) => { const dim = pick(tensor.shape?.dim ?? [], d); if (dim) dim.value = { case: 'dimValue', value: pick(EXTENTS, d)! }; }),
  (g, d) => inputType(g, d, (tensor) => { if (d(2)) tensor.shape?.dim.pop(); else delete tensor.shape; }),
  // other operators and attributes
  (g, d) => { const n = pick(g.node, d); if (n) n.opType = pick(OPERATORS, d)!; },
  (g, d) => { const a = pick(pick(g.node, d)?.attribute ?? [], d); if (a) { a.i = pick(INTEGERS, d)!; a.f = pick(REALS, d)!; a.ints = a.ints.map((x) => (d(2) ? pick(INTEGERS, d)! : x)); a.floats = a.floats.map((x) => (d(2) ? pick(REALS, d)! : x)); } },
  (g, d) => { const a = pick(pick(g.node, d)?.attribute ?? [], d); if (a) { a.ints = Array.from({ length: d(6) }, () => pick(INTEGERS, d)!); a.type = d(15); } },
  (g, d) => { const n = pick(g.node, d); if (n && n.attribute.length > 0) n.attribute.splice(d(n.attribute.length), 1); },
  (_, d, m) => { const o = pick(m.opsetImport, d); if (o) o.version = BigInt(d(30)) - 1n; },
];

function names(g: Graph): string[] {
  return [...g.input.map((v) => v.name), ...g.initializer.map((t) => t.name), ...g.node.flatMap((n) => n.output)];
}

function rewire(g: Graph, d: Draw): void {
  const n = pick(g.node, d);
  if (n && n.input.length > 0) n.input[d(n.input.length)] = pick([...names(g), ''], d)!;
}

function inputType(g: Graph, d: Draw, change: (tensor: Extract<NonNullable<NonNullable<Graph['input'][number]['type']>['value']>, { case: 'tensorType' }>['value']) => void): void {
  const type = pick(g.input, d)?.type?.value;
  if (type?.case === 'tensorType') change(type.value);
}

/** One to three changes of a file that is still a file of ONNX. */
export function mutantGraph(file: Uint8Array, draw: Draw): Uint8Array {
  const model = clone(ModelProtoSchema, fromBinary(ModelProtoSchema, file));
  const { graph } = model;
  if (graph) for (let changes = 1 + draw(3); changes > 0; changes--) CHANGES[draw(CHANGES.length)]!(graph, draw, model);
  return toBinary(ModelProtoSchema, model);
}

/** Up to three changes of bytes: one overwritten, a cut, a piece repeated or removed, a length that announces far too much. */
export function mutantBytes(file: Uint8Array, draw: Draw): Uint8Array {
  let out = Buffer.from(file);
  for (let changes = 1 + draw(3); changes > 0; changes--) {
    const at = draw(out.length + 1);
    const end = Math.min(out.length, at + draw(40));
    const [before, piece, after] = [out.subarray(0, at), out.subarray(at, end), out.subarray(end)];
    const kind = draw(12); // most changes keep the file readable
    if (kind <= 7) out = Buffer.concat([before, Buffer.of(draw(256)), out.subarray(at + 1)]);
    else if (kind === 8) out = Buffer.from(before);
    else if (kind === 9) out = Buffer.concat([before, piece, piece, after]);
    else if (kind === 10) out = Buffer.concat([before, after]);
    else out = Buffer.concat([before, Buffer.of(0xff, 0xff, 0xff, 0xff, 0x0f), piece, after]);
  }
  return new Uint8Array(out);
}
