import { attributesOf, type ProgramNode } from './program.js';
import { nodeProto, tensorProto, type Attributes, type AttributeValue, type NodeProto, type TensorProto } from './proto.js';
import { refuse } from './errors.js';
import { FLOATS } from './operators.js';
import { DTYPE, elementBytes, float32, int64, type Tensor } from './tensor.js';

/** A node in ONNX and the constants that its attributes became. */
export interface EmittedNode {
  readonly node: NodeProto;
  readonly constants: readonly TensorProto[];
}

/** Ends of a Slice that runs backwards to the first element: far below −extent, where ONNX clamps. */
const BEFORE_THE_FIRST = -(2 ** 40);

/**
 * Spells one node of a record in ONNX opset 18 (20 with Gelu). Shapes that operands and outputs determine come back from
 * them; attributes that ONNX takes as inputs become constants named after the first output.
 *
 * @param operands names of the operands, '' for absent ones
 */
export function emitNode(node: ProgramNode, operands: readonly string[], outputs: readonly string[]): EmittedNode {
  const constants: TensorProto[] = [];
  const constant = (tensor: Tensor): string => {
    const name = `${outputs[0]}/c${constants.length}`;
    constants.push(tensorProto(name, tensor));
    return name;
  };
  const ints = (values: readonly number[]): string => constant(int64([values.length], values));
  const scalar = (value: number): string => constant(float32([], [value]));
  const a = attributesOf(node);
  const out = node.outputs[0]!;
  const dims = node.inputs[0]!.type!.dims;
  const x = operands[0]!;
  const done = (inputs: readonly string[], attributes: Attributes = {}): EmittedNode => ({
    node: nodeProto(node.op, inputs, outputs, attributes),
    constants,
  });
  const keep = (...names: string[]): Record<string, AttributeValue> =>
    Object.fromEntries(names.map((name) => [name, spell(name, a.all[name]!)]));

  switch (node.op) {
    case 'Reshape':
    case 'Expand':
      return done([x, ints(out.dims)]);
    case 'Tile':
      return done([x, ints(out.dims.map((d, i) => d / dims[i]!))]);
    case 'Cast':
      return done([x], { to: { i: out.dtype } });
    case 'Pow':
      return done([x, scalar(number(a.all['exponent']))]);
    case 'Clip':
      return done([x, scalar(number(a.all['min'])), scalar(number(a.all['max']))]);
    case 'ReduceSum':
    case 'ReduceMean':
    case 'ReduceMax':
    case 'ReduceMin':
      return done([x, ints(a.list('axes'))], keep('keepdims'));
    case 'Slice': {
      const starts = a.list('starts');
      const steps = a.list('steps');
      const ends = out.dims.map((d, i) => starts[i]! + d * steps[i]!).map((end) => (end < 0 ? BEFORE_THE_FIRST : end));
      return done([x, ints(starts), ints(ends), ints(dims.map((_, i) => i)), ints(steps)]);
    }
    case 'Split':
      return done([x, ints(node.outputs.map((t) => t.dims[a.int('axis')]!))], keep('axis'));
    case 'CumSum':
      return done([x, constant(int64([], [a.int('axis')]))], keep('exclusive', 'reverse'));
    case 'TopK':
      return done([x, ints([out.dims[a.int('axis')]!])], { ...keep('axis', 'largest'), sorted: { i: 1 } });
    case 'Trilu':
      return done([x, constant(int64([], [a.int('k')]))], keep('upper'));
    case 'Pad':
      return done([x, ints(a.list('pads')), constant(padValue(out.dtype, number(a.all['value'])))], keep('mode'));
    case 'Resize': {
      const scales = a.list('scales');
      const modes = keep('coordinate_transformation_mode', 'mode', 'nearest_mode');
      return done([x, '', constant(float32([scales.length], scales))], modes);
    }
    case 'AveragePool': // opset 18 has no dilations here; the record always states them
      if (a.list('dilations').some((d) => d !== 1)) refuse('REFUSED_ATTRIBUTE', 'AveragePool with dilations needs opset 19');
      return done(operands, keep('count_include_pad', 'kernel_shape', 'pads', 'strides'));
    default:
      return done(operands, keep(...node.attributes.map((q) => q.name)));
  }
}

function spell(name: string, value: number | string | readonly number[]): AttributeValue {
  if (typeof value === 'string') return { s: value };
  if (typeof value === 'number') return FLOATS.has(name) ? { f: value } : { i: value };
  return FLOATS.has(name) ? { floats: value } : { ints: value };
}

function number(value: number | string | readonly number[] | undefined): number {
  return typeof value === 'number' ? value : refuse('RECORD_INVALID', `expected one number, found ${String(value)}`);
}

function padValue(dtype: number, value: number): Tensor {
  if (dtype === DTYPE.float32) return float32([], [value]);
  if (value === 0) return { dtype, dims: [], data: new Uint8Array(elementBytes(dtype)) };
  if (!Number.isInteger(value) || dtype === DTYPE.float16 || dtype === DTYPE.bfloat16) refuse('REFUSED_ATTRIBUTE', `Pad with ${value} of dtype ${dtype}`);
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigInt64(0, BigInt(value), true); // float32 integers only: prepare checks
  return { dtype, dims: [], data: data.slice(0, elementBytes(dtype)) };
}
