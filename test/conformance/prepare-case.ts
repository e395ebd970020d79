import { clone, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { elementCount, OnnxError, prepare, type Prepared, type Runtime, type Tensor } from '../../src/onnx/index.js';
import { elementBytes } from '../../src/onnx/tensor.js';
import { nodeProto, tensorProto, valueInfo, type ModelProto } from '../../src/onnx/proto.js';
import { checkCase, type Case, type Named } from './cases.js';
import { causeOf, Unsupported } from './causes.js';
import { bindings } from './steering.js';

/** A case as a program with its inputs and what its outputs must be. */
export interface PreparedCase {
  readonly name: string;
  readonly operators: readonly string[];
  readonly prepared: Prepared;
  readonly inputs: readonly Tensor[];
  readonly expected: readonly Tensor[];
  /** names of inputs that became constants */
  readonly bound: readonly string[];
  /** outputs that `prepare` computes itself (Shape, Identity, …), joined with an input so that a program remains */
  readonly carried: boolean;
}

/**
 * Prepares a case with as few inputs bound as possible.
 *
 * @throws Unsupported with the cause; everything else is a fault of ours
 */
export async function prepareCase(c: Case, runtime: Runtime): Promise<PreparedCase> {
  try {
    checkCase(c);
    const inputs = c.inputs();
    const outputs = c.outputs();
    for (const { name, tensor } of outputs)
      if (elementCount(tensor.dims) === 0) throw new Unsupported('empty', `${name} has extents [${tensor.dims.join(',')}]`);
    return await fewestBound(c, inputs, outputs, runtime);
  } catch (error) {
    throw causeOf(error) ?? error;
  }
}

async function fewestBound(c: Case, inputs: readonly Named[], outputs: readonly Named[], runtime: Runtime): Promise<PreparedCase> {
  let last: unknown;
  for (const [k, bound] of bindings(c, inputs).entries()) {
    try {
      return await attempt(c, c.model, inputs, outputs, bound, false, runtime);
    } catch (error) {
      if (error instanceof OnnxError && error.code === 'REFUSED_TRIVIAL' && k < 2) return carry(c, inputs, outputs, bound, runtime);
      if (causeOf(error) === undefined) throw error;
      last = error; // with most inputs bound the refusal is about the operator itself
    }
  }
  throw last;
}

/** Joins each output, flattened, with an input of its own. */
async function carry(c: Case, inputs: readonly Named[], outputs: readonly Named[], bound: readonly Named[], runtime: Runtime): Promise<PreparedCase> {
  const model = clone(ModelProtoSchema, c.model);
  const graph = model.graph!;
  const flat = { dtype: 7, dims: [1], data: new Uint8Array(8).fill(0xff) }; // int64 −1
  graph.initializer.push(tensorProto('carry/flat', flat));
  const probes = outputs.map(({ name, tensor }, k) => {
    const probe: Named = { name: `carry/i${k}`, tensor: { dtype: tensor.dtype, dims: [1], data: new Uint8Array(elementBytes(tensor.dtype)) } };
    graph.input.push(valueInfo(probe.name, probe.tensor));
    graph.node.push(nodeProto('Reshape', [name, 'carry/flat'], [`carry/r${k}`]), nodeProto('Concat', [`carry/r${k}`, probe.name], [`carry/o${k}`], { axis: { i: 0 } }));
    graph.output[k] = valueInfo(`carry/o${k}`, { dtype: tensor.dtype, dims: [elementCount(tensor.dims) + 1] });
    return probe;
  });
  const expected = outputs.map(({ tensor }, k) => ({
    name: `carry/o${k}`,
    tensor: { dtype: tensor.dtype, dims: [elementCount(tensor.dims) + 1], data: new Uint8Array(Buffer.concat([tensor.data, probes[k]!.tensor.data])) },
  }));
  return attempt(c, model, [...inputs, ...probes], expected, bound, true, runtime);
}

async function attempt(
  c: Case, model: ModelProto, inputs: readonly Named[], outputs: readonly Named[], bound: readonly Named[], carried: boolean, runtime: Runtime,
): Promise<PreparedCase> {
  const free = inputs.filter((t) => !bound.includes(t));
  const prepared = await prepare(toBinary(ModelProtoSchema, model), {
    bind: Object.fromEntries(bound.map((t) => [t.name, t.tensor])),
    shapes: Object.fromEntries(free.map((t) => [t.name, t.tensor.dims])),
    samples: [free.map((t) => t.tensor)],
    runtime,
  });
  return {
    name: c.name, operators: c.operators, prepared, carried,
    inputs: free.map((t) => t.tensor), expected: outputs.map((t) => t.tensor), bound: bound.map((t) => t.name),
  };
}
