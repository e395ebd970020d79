// Building and reading ONNX messages (onnx-buf, current schema) without spelling protobuf at every place.
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema, ModelProtoSchema, NodeProtoSchema, TensorProtoSchema, ValueInfoProtoSchema,
  type AttributeProto, type GraphProto, type ModelProto, type NodeProto, type TensorProto, type ValueInfoProto,
} from 'onnx-buf';
import { refuse } from './errors.js';
import { bytesOf, DTYPE, elementBytes, tensorOf, type Tensor } from './tensor.js';

export type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto };

/** AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;

/** An attribute's value; exactly one part is present. */
export interface AttributeValue {
  readonly i?: number;
  readonly f?: number;
  readonly s?: string;
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
  readonly strings?: readonly string[];
  readonly t?: TensorProto;
  readonly g?: GraphProto;
}

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A NodeProto; its name is that of its first output. */
export function nodeProto(op: string, input: readonly string[], output: readonly string[], attributes: Attributes = {}): NodeProto {
  return create(NodeProtoSchema, {
    opType: op,
    name: output[0] ?? '',
    input: [...input],
    output: [...output],
    attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
  });
}

function attributeProto(name: string, v: AttributeValue): AttributeProto {
  if (v.i !== undefined) return create(AttributeProtoSchema, { name, type: ATTRIBUTE_TYPE.int, i: BigInt(v.i) });
  if (v.f !== undefined) return create(AttributeProtoSchema, { name, type: ATTRIBUTE_TYPE.float, f: v.f });
  if (v.s !== undefined) return create(AttributeProtoSchema, { name, type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(v.s) });
  if (v.floats !== undefined) return create(AttributeProtoSchema, { name, type: ATTRIBUTE_TYPE.floats, floats: [...v.floats] });
  if (v.ints !== undefined) return create(AttributeProtoSchema, { name, type: ATTRIBUTE_TYPE.ints, ints: v.ints.map(BigInt) });
  if (v.strings !== undefined) return create(AttributeProtoSchema, { name, type: ATTRIBUTE_TYPE.strings, strings: v.strings.map((s) => new TextEncoder().encode(s)) });
  throw new Error(`attribute ${name} has no value that a node may carry`);
}

/** A node's attributes by name. @throws OnnxError REFUSED_ATTRIBUTE for types that no rule reads */
export function attributesOfProto(node: NodeProto): Record<string, AttributeValue> {
  const out: Record<string, AttributeValue> = {};
  for (const a of node.attribute) out[a.name] = valueOfProto(node, a);
  return out;
}

function valueOfProto(node: NodeProto, a: AttributeProto): AttributeValue {
  switch (a.type) {
    case ATTRIBUTE_TYPE.float:
      return { f: a.f };
    case ATTRIBUTE_TYPE.int:
      return { i: Number(a.i) };
    case ATTRIBUTE_TYPE.string:
      return { s: new TextDecoder().decode(a.s) };
    case ATTRIBUTE_TYPE.floats:
      return { floats: a.floats };
    case ATTRIBUTE_TYPE.strings:
      return { strings: a.strings.map((s) => new TextDecoder().decode(s)) };
    case ATTRIBUTE_TYPE.ints:
      return { ints: a.ints.map(Number) };
    case ATTRIBUTE_TYPE.tensor:
      return a.t === undefined ? refuse('REFUSED_ATTRIBUTE', `${node.opType}.${a.name} is empty`) : { t: a.t };
    case ATTRIBUTE_TYPE.graph:
      return a.g === undefined ? refuse('REFUSED_ATTRIBUTE', `${node.opType}.${a.name} is empty`) : { g: a.g };
    default:
      return refuse('REFUSED_ATTRIBUTE', `${node.opType}.${a.name} has type ${a.type}, which no operator here takes`);
  }
}

/** A TensorProto that holds the bytes of a tensor. */
export function tensorProto(name: string, t: Tensor): TensorProto {
  return create(TensorProtoSchema, { name, dataType: t.dtype, dims: t.dims.map(BigInt), rawData: new Uint8Array(t.data) });
}

/**
 * The tensor inside a TensorProto, whichever data field it uses.
 *
 * @throws OnnxError TENSOR_DTYPE, TENSOR_SIZE, ONNX_DUPLICATE when two data fields are filled (parsers disagree on which wins)
 */
export function tensorOfProto(t: TensorProto): Tensor {
  elementBytes(t.dataType);
  const filled = [t.rawData, t.floatData, t.int32Data, t.int64Data, t.doubleData, t.uint64Data, t.stringData].filter((x) => x.length > 0);
  if (filled.length > 1) refuse('ONNX_DUPLICATE', `tensor ${t.name} fills ${filled.length} data fields`);
  return tensorOf({ dtype: t.dataType, dims: t.dims.map(Number) }, dataOf(t));
}

function dataOf(t: TensorProto): Uint8Array {
  if (t.rawData.length > 0) return t.rawData;
  switch (t.dataType) {
    case DTYPE.float32:
      return bytesOf(Float32Array.from(t.floatData));
    case DTYPE.int64:
      return bytesOf(BigInt64Array.from(t.int64Data));
    case DTYPE.int32:
      return bytesOf(Int32Array.from(t.int32Data));
    case DTYPE.float16:
    case DTYPE.bfloat16:
      return bytesOf(Uint16Array.from(t.int32Data));
    default:
      return bytesOf(Uint8Array.from(t.int32Data));
  }
}

/** A ValueInfoProto of static type, or of a name alone. */
export function valueInfo(name: string, type?: { readonly dtype: number; readonly dims: readonly number[] }): ValueInfoProto {
  if (type === undefined) return create(ValueInfoProtoSchema, { name });
  const dim = type.dims.map((d) => ({ value: { case: 'dimValue' as const, value: BigInt(d) } }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: type.dtype, shape: { dim } } } },
  });
}

/** The parts of a graph that a model of ours has. */
export interface GraphParts {
  readonly nodes: NodeProto[];
  readonly initializers: TensorProto[];
  readonly inputs: ValueInfoProto[];
  readonly outputs: ValueInfoProto[];
}

/** Serialised ModelProto of one graph at an opset of the default domain. */
export function modelBytes(parts: GraphParts, opset: number): Uint8Array {
  return serialise(
    create(ModelProtoSchema, {
      // the least that has the opset (onnx/docs/Versioning.md), so that older runtimes read it
      irVersion: opset <= 18 ? 8n : opset <= 20 ? 9n : 10n,
      producerName: 'assay',
      opsetImport: [{ domain: '', version: BigInt(opset) }],
      graph: { name: 'program', node: parts.nodes, initializer: parts.initializers, input: parts.inputs, output: parts.outputs },
    }),
  );
}

/** Bytes of a ModelProto. */
export function serialise(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}
