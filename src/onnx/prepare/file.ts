import { refuse } from '../errors.js';
import type { ParsedModel } from '../parse.js';
import { tensorProto, valueInfo, type AttributeProto, type GraphProto, type NodeProto, type TensorProto } from '../proto.js';
import { byteLength, DTYPE, float32, int64, type Tensor } from '../tensor.js';
import type { Shape } from './graph.js';

/** No job has inputs of a gibibyte; samples of several must fit into the child that prepares. */
const MAX_INPUT_BYTES = 2 ** 30;

/**
 * Gives every graph input a static shape, or binds it to a constant, in place.
 *
 * @param shapes extents by input name
 * @param bind constants by input name, for inputs that steer control flow
 * @throws OnnxError ONNX_SHAPE, ONNX_NAME, REFUSED_DTYPE
 */
export function fixInputs(
  model: ParsedModel,
  shapes: Readonly<Record<string, readonly number[]>>,
  bind: Readonly<Record<string, Tensor>>,
): { name: string; type: Shape }[] {
  const graph = model.graph;
  const names = graph.input.map((v) => v.name);
  for (const name of [...Object.keys(shapes), ...Object.keys(bind)])
    if (!names.includes(name)) refuse('ONNX_NAME', `the model has no input ${name}; it has ${names.join(', ')}`);
  const initialized = new Set(graph.initializer.map((t) => t.name));
  graph.input = graph.input.filter((v) => !initialized.has(v.name) && bind[v.name] === undefined);
  for (const [name, tensor] of Object.entries(bind)) graph.initializer.push(tensorProto(name, tensor));
  const fixed = graph.input.map((v) => {
    const declared = v.type?.value;
    if (declared?.case !== 'tensorType') return refuse('REFUSED_DTYPE', `input ${v.name} is not a tensor`);
    const dtype = declared.value.elemType;
    if (!Object.values(DTYPE).some((d) => d === dtype)) refuse('REFUSED_DTYPE', `input ${v.name} has dtype ${dtype}`);
    const own = declared.value.shape?.dim.map((d) => (d.value.case === 'dimValue' ? Number(d.value.value) : undefined));
    const dims = shapes[v.name] ?? own?.map((d) => d ?? refuse('ONNX_SHAPE', `input ${v.name} has open extents; state its shape`));
    if (dims === undefined) return refuse('ONNX_SHAPE', `input ${v.name} has no shape; state one`);
    if (dims.some((d) => !Number.isSafeInteger(d) || d < 1)) refuse('ONNX_SHAPE', `input ${v.name}: [${dims.join(',')}] holds an extent below 1`);
    if (byteLength({ dtype, dims }) > MAX_INPUT_BYTES) refuse('ONNX_LIMIT', `input ${v.name}: [${dims.join(',')}] has more than ${MAX_INPUT_BYTES} bytes`);
    v.type = valueInfo('', { dtype, dims }).type;
    return { name: v.name, type: { dtype, dims } };
  });
  graph.valueInfo = []; // stale once shapes are fixed
  for (const v of graph.output) if (v.type?.value.case === 'tensorType') delete v.type.value.value.shape;
  return fixed;
}

/** Turns Constant nodes of a graph and of the graphs inside it into initializers, in place. */
export function hoistConstants(graph: GraphProto): void {
  graph.node = graph.node.filter((n) => {
    for (const a of n.attribute) if (a.g !== undefined) hoistConstants(a.g);
    if (n.opType !== 'Constant') return true;
    graph.initializer.push(constantOf(n));
    return false;
  });
}

function constantOf(n: NodeProto): TensorProto {
  const a = n.attribute[0];
  const name = n.output[0] ?? '';
  if (a === undefined || n.attribute.length !== 1) return refuse('REFUSED_ATTRIBUTE', `Constant ${name} needs exactly one attribute`);
  if (a.name === 'value' && a.t !== undefined) return Object.assign(a.t, { name });
  const tensor = constantTensor(a);
  return tensorProto(name, tensor ?? refuse('REFUSED_ATTRIBUTE', `Constant.${a.name}`));
}

function constantTensor(a: AttributeProto): Tensor | undefined {
  switch (a.name) {
    case 'value_int':
      return int64([], [Number(a.i)]);
    case 'value_ints':
      return int64([a.ints.length], a.ints.map(Number));
    case 'value_float':
      return float32([], [a.f]);
    case 'value_floats':
      return float32([a.floats.length], a.floats);
    default:
      return undefined;
  }
}

/** Names that a node reads, also inside its graphs. */
export function readsOf(n: NodeProto): string[] {
  const inner = n.attribute.flatMap((a) => (a.g === undefined ? [] : [...a.g.node.flatMap(readsOf), ...a.g.output.map((o) => o.name)]));
  return [...n.input.filter((x) => x !== ''), ...inner];
}

/**
 * Sorts nodes topologically in place, keeping the file's order where it is one (lowest index first).
 *
 * @throws OnnxError ONNX_CYCLE
 */
export function sortNodes(graph: GraphProto): void {
  const maker = new Map<string, number>();
  graph.node.forEach((n, i) => n.output.forEach((o) => o !== '' && maker.set(o, i)));
  const waitsFor = graph.node.map((n) => new Set(readsOf(n).map((x) => maker.get(x)).filter((p) => p !== undefined)));
  const readers: number[][] = graph.node.map(() => []);
  waitsFor.forEach((set, i) => set.forEach((p) => readers[p]!.push(i)));
  const ready = new MinHeap();
  waitsFor.forEach((set, i) => set.size === 0 && ready.push(i));
  const sorted: NodeProto[] = [];
  for (let i = ready.pop(); i !== undefined; i = ready.pop()) {
    sorted.push(graph.node[i]!);
    for (const r of readers[i]!) {
      waitsFor[r]!.delete(i);
      if (waitsFor[r]!.size === 0) ready.push(r);
    }
  }
  if (sorted.length !== graph.node.length) {
    const left = graph.node.find((n) => !sorted.includes(n));
    refuse('ONNX_CYCLE', `the graph has a cycle through ${left?.opType} ${left?.output[0]}`);
  }
  graph.node = sorted;
}

/** Removes nodes and initializers that no output depends on, in place. */
export function pruneDead(graph: GraphProto): void {
  const needed = new Set(graph.output.map((o) => o.name));
  const kept: NodeProto[] = [];
  for (const n of [...graph.node].reverse()) {
    if (!n.output.some((o) => needed.has(o))) continue;
    kept.push(n);
    for (const x of readsOf(n)) needed.add(x);
  }
  graph.node = kept.reverse();
  graph.initializer = graph.initializer.filter((t) => needed.has(t.name));
}

/** Smallest index first; sorting an array at every step would be quadratic for a hostile graph. */
class MinHeap {
  readonly #items: number[] = [];

  push(value: number): void {
    const a = this.#items;
    let i = a.push(value) - 1;
    for (let up = (i - 1) >> 1; i > 0 && a[up]! > a[i]!; i = up, up = (i - 1) >> 1) [a[up], a[i]] = [a[i]!, a[up]!];
  }

  pop(): number | undefined {
    const a = this.#items;
    const top = a[0];
    const last = a.pop();
    if (last === undefined || a.length === 0) return top;
    a[0] = last;
    for (let i = 0; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < a.length && a[child]! < a[least]!) least = child;
      if (least === i) return top;
      [a[i], a[least]] = [a[least]!, a[i]!];
      i = least;
    }
  }
}
