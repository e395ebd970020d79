import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { OnnxError, refuse } from './errors.js';
import { tensorOfProto, type GraphProto, type ModelProto, type NodeProto, type TensorProto } from './proto.js';
import { DTYPE } from './tensor.js';

/** What a file may hold before anything else looks at it. A model is hostile input (DESIGN §11). */
export interface ParseLimits {
  /** bytes of the file */
  readonly fileBytes: number;
  /** nodes of all graphs together */
  readonly nodes: number;
  /** initializers and tensor attributes of all graphs together */
  readonly tensors: number;
  /** graphs inside graphs */
  readonly depth: number;
  /** elements that one tensor may declare */
  readonly elements: number;
}

export const DEFAULT_LIMITS: ParseLimits = { fileBytes: 2 ** 31 - 1, nodes: 1 << 16, tensors: 1 << 17, depth: 8, elements: 2 ** 31 };

/** A parsed model with its one graph. */
export interface ParsedModel extends ModelProto {
  graph: GraphProto;
}

/**
 * Parses an ONNX file within limits and refuses what could make two parsers disagree or reach outside the file: external
 * data, local functions, sparse tensors, other domains, names defined twice or shadowed, names that nothing defines.
 *
 * @throws OnnxError ONNX_UNREADABLE, ONNX_LIMIT, ONNX_EXTERNAL_DATA, ONNX_DUPLICATE, ONNX_NAME, TENSOR_SIZE, REFUSED_OPERATOR
 */
export function parseModel(bytes: Uint8Array, limits: ParseLimits = DEFAULT_LIMITS): ParsedModel {
  if (bytes.length > limits.fileBytes) refuse('ONNX_LIMIT', `a file of ${bytes.length} bytes, allowed ${limits.fileBytes}`);
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new OnnxError('ONNX_UNREADABLE', 'the file is not an ONNX model; expected a serialised ModelProto', { cause });
  }
  if (!hasGraph(model)) return refuse('ONNX_UNREADABLE', 'the model has no graph');
  if (model.functions.length > 0) refuse('REFUSED_OPERATOR', `local function ${model.functions[0]?.name}; inline it when exporting`);
  if (model.trainingInfo.length > 0) refuse('REFUSED_OPERATOR', 'training info; export the model for inference');
  new Checker(limits).graph(model.graph, new Set(), 0);
  return model;
}

function hasGraph(model: ModelProto): model is ParsedModel {
  return model.graph !== undefined;
}

class Checker {
  #nodes = 0;
  #tensors = 0;
  constructor(readonly limits: ParseLimits) {}

  graph(graph: GraphProto, outer: ReadonlySet<string>, depth: number): void {
    if (depth > this.limits.depth) refuse('ONNX_LIMIT', `graphs nested deeper than ${this.limits.depth}`);
    if (graph.sparseInitializer.length > 0) refuse('REFUSED_DTYPE', 'sparse initializers; store them dense');
    const defined = new Map<string, string>();
    const define = (name: string, by: string): void => {
      const before = defined.get(name);
      if (before !== undefined) refuse('ONNX_DUPLICATE', `${name} is defined as ${before} and again as ${by}`);
      if (outer.has(name)) refuse('ONNX_DUPLICATE', `${name}, ${by} of an inner graph, shadows the outer one`);
      defined.set(name, by);
    };
    for (const t of graph.initializer) {
      this.tensor(t);
      if (t.name === '') refuse('ONNX_NAME', 'an initializer without a name');
      define(t.name, 'initializer');
    }
    const inputs = new Set<string>();
    for (const v of graph.input) {
      if (inputs.has(v.name)) refuse('ONNX_DUPLICATE', `input ${v.name} is listed twice`);
      inputs.add(v.name);
      if (defined.get(v.name) !== 'initializer') define(v.name, 'input'); // old files list initializers as inputs too
    }
    for (const n of graph.node) for (const o of n.output) if (o !== '') define(o, `output of ${n.opType}`);
    const visible = new Set([...outer, ...defined.keys()]);
    for (const n of graph.node) this.node(n, visible, depth);
    for (const v of graph.output)
      if (!visible.has(v.name)) refuse('ONNX_NAME', `output ${v.name} is defined by nothing`);
    if (graph.output.length === 0) refuse('ONNX_NAME', 'a graph without outputs');
  }

  private node(n: NodeProto, visible: ReadonlySet<string>, depth: number): void {
    if (++this.#nodes > this.limits.nodes) refuse('ONNX_LIMIT', `more than ${this.limits.nodes} nodes`);
    if (n.domain !== '' && n.domain !== 'ai.onnx') refuse('REFUSED_OPERATOR', `operator ${n.domain}.${n.opType}`);
    for (const x of n.input) if (x !== '' && !visible.has(x)) refuse('ONNX_NAME', `${n.opType} reads ${x}, which nothing defines`);
    const names = new Set(n.attribute.map((a) => a.name));
    if (names.size < n.attribute.length) refuse('ONNX_DUPLICATE', `${n.opType} has an attribute twice`);
    for (const a of n.attribute) {
      if (a.refAttrName !== '') refuse('REFUSED_ATTRIBUTE', `${n.opType}.${a.name} refers to a function's attribute`);
      if (a.sparseTensor !== undefined || a.sparseTensors.length > 0) refuse('REFUSED_DTYPE', `${n.opType}.${a.name} is sparse`);
      for (const t of [a.t, ...a.tensors]) if (t !== undefined) this.tensor(t);
      for (const g of [a.g, ...a.graphs]) if (g !== undefined) this.graph(g, visible, depth + 1);
    }
  }

  private tensor(t: TensorProto): void {
    if (++this.#tensors > this.limits.tensors) refuse('ONNX_LIMIT', `more than ${this.limits.tensors} tensors`);
    if (t.externalData.length > 0 || t.dataLocation !== 0)
      refuse('ONNX_EXTERNAL_DATA', `tensor ${t.name} points outside the file; save the model with its data inside`);
    if (t.segment !== undefined) refuse('ONNX_UNREADABLE', `tensor ${t.name} is stored in segments`);
    let elements = 1n;
    for (const d of t.dims) {
      if (d < 0n) refuse('ONNX_SHAPE', `tensor ${t.name} has a negative extent`);
      elements *= d;
      if (elements > BigInt(this.limits.elements)) refuse('ONNX_LIMIT', `tensor ${t.name} declares more than ${this.limits.elements} elements`);
    }
    // Other dtypes may still stand in what folds away; the runtime checks those.
    if (Object.values(DTYPE).some((d) => d === t.dataType)) tensorOfProto(t);
  }
}
