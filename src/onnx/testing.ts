// Small ONNX files for tests, and the assertion that a coded error was thrown.
import assert from 'node:assert/strict';
import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, GraphProtoSchema } from 'onnx-buf';
import { OnnxError, type OnnxErrorCode } from './errors.js';
import { ATTRIBUTE_TYPE, modelBytes, nodeProto, tensorProto, valueInfo, type Attributes, type NodeProto } from './proto.js';
import { DTYPE, type Tensor } from './tensor.js';

/** A small ONNX file. Inputs map names to extents (float32) or to types; outputs are names. */
export interface SmallModel {
  readonly nodes: readonly NodeProto[];
  readonly inputs: Readonly<Record<string, readonly number[] | { dtype: number; dims: readonly number[] }>>;
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly outputs: readonly string[];
}

/** Serialises a small model at an opset. */
export function onnxFile(model: SmallModel, opset = 18): Uint8Array {
  return modelBytes(
    {
      nodes: [...model.nodes],
      initializers: Object.entries(model.constants ?? {}).map(([name, t]) => tensorProto(name, t)),
      inputs: Object.entries(model.inputs).map(([name, type]) => valueInfo(name, 'dtype' in type ? type : { dtype: DTYPE.float32, dims: type })),
      outputs: model.outputs.map((name) => valueInfo(name)),
    },
    opset,
  );
}

/** A node: operator, operands and results separated by spaces, attributes. */
export function node(op: string, inputs: string, outputs: string, attributes: Attributes = {}): NodeProto {
  const names = (list: string): string[] => (list === '' ? [] : list.split(' ').map((x) => (x === '-' ? '' : x)));
  return nodeProto(op, names(inputs), names(outputs), attributes);
}

/** Asserts that `action` throws, or rejects with, an OnnxError of this code and a message of more than one word. */
export async function refusesWith(code: OnnxErrorCode, action: () => unknown, says?: RegExp): Promise<void> {
  await assert.rejects(
    async () => void (await action()),
    (error: unknown) => {
      assert.ok(error instanceof OnnxError, `expected an OnnxError, got ${String(error)}`);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, says ?? / /);
      return true;
    },
  );
}

/** A graph attribute, as If has two. */
export function graphAttribute(name: string, nodes: NodeProto[], output: string): NodeProto['attribute'][number] {
  return create(AttributeProtoSchema, { name, type: ATTRIBUTE_TYPE.graph, g: create(GraphProtoSchema, { name, node: nodes, output: [valueInfo(output)] }) });
}
