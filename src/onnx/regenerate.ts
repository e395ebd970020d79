import { refuse } from './errors.js';
import { fromLayout, type TensorType } from './layout.js';
import { emitNode } from './emit.js';
import { KIND, type Operand, type Program } from './program.js';
import { modelBytes, nodeProto, tensorProto, valueInfo, type NodeProto, type TensorProto, type ValueInfoProto } from './proto.js';
import type { Tensor } from './tensor.js';

/** ONNX that runs a part of a program, and what it takes and gives. */
export interface Regenerated {
  readonly bytes: Uint8Array;
  /** graph inputs in order, by the operand that each stands for */
  readonly inputs: readonly Operand[];
  /** for each requested VALUE the name of the graph output that holds it */
  readonly outputs: ReadonlyMap<number, string>;
}

/** Name of a tensor in regenerated files: i0, w12, v403. */
export function tensorName(o: Operand): string {
  return (o.kind === KIND.input ? 'i' : o.kind === KIND.weight ? 'w' : 'v') + o.index;
}

/**
 * Weights of a program as row-major tensors, from their bytes in layout.
 *
 * @throws OnnxError INPUT_MISMATCH, TENSOR_SIZE
 */
export function rowMajorWeights(program: Program, weights: readonly Uint8Array[]): Tensor[] {
  if (weights.length !== program.weights.length)
    refuse('INPUT_MISMATCH', `expected ${program.weights.length} weights, found ${weights.length}`);
  return program.weights.map((type, i) => fromLayout(type, weights[i]!));
}

/**
 * The only ONNX that is ever executed: regenerated from a record and its weights (PROTOCOL §3). Returns the program's
 * outputs in their order, or every VALUE.
 *
 * @param weights bytes in the layouts that the record states
 */
export function regenerate(program: Program, weights: readonly Uint8Array[], everything = false): Regenerated {
  const values = everything
    ? Array.from({ length: program.values }, (_, v) => v)
    : program.outputs.map((o) => o.index);
  return regenerateRange(program, rowMajorWeights(program, weights), 0, program.nodes.length, values);
}

/** One node alone, its weights as initializers: a constant operand may choose another kernel than a fed one. */
export function regenerateNode(program: Program, weights: readonly Tensor[], index: number): Regenerated {
  const node = program.nodes[index] ?? refuse('INPUT_MISMATCH', `node ${index} of ${program.nodes.length}`);
  return regenerateRange(program, weights, index, index + 1, node.outputs.map((_, k) => node.first + k));
}

/**
 * Nodes [from, to) as a model of their own. What they read from outside becomes a graph input (whole programs list all
 * their INPUTs); `values` are the VALUEs to return in this order, all defined inside. One that is returned again is a copy.
 */
export function regenerateRange(
  program: Program,
  weights: readonly Tensor[],
  from: number,
  to: number,
  values: readonly number[],
): Regenerated {
  const whole = from === 0 && to === program.nodes.length;
  const initializers = new Map<string, TensorProto>();
  const inputs = new Map<string, Operand>();
  const aliases = new Map<number, string>(); // a Relayout moves nothing in ONNX: its value is its operand
  const nodes: NodeProto[] = [];
  const start = program.nodes[from]!.first;
  if (whole) program.inputs.forEach((type, index) => inputs.set(`i${index}`, { kind: KIND.input, index, type }));

  const nameOf = (o: Operand): string => {
    if (o.kind === KIND.none) return '';
    const name = (o.kind === KIND.value ? aliases.get(o.index) : undefined) ?? tensorName(o);
    if (o.kind === KIND.weight) {
      if (!initializers.has(name)) initializers.set(name, tensorProto(name, weights[o.index]!));
    } else if (o.kind === KIND.input || o.index < start) inputs.set(name, o);
    return name;
  };
  for (const node of program.nodes.slice(from, to)) {
    const operands = node.inputs.map(nameOf);
    if (node.op === 'Relayout') {
      aliases.set(node.first, operands[0]!);
      continue;
    }
    const outputs = node.outputs.map((_, k) => `v${node.first + k}`);
    const emitted = emitNode(node, operands, outputs);
    for (const t of emitted.constants) initializers.set(t.name, t);
    nodes.push(emitted.node);
  }

  const types = new Map<number, TensorType>();
  for (const node of program.nodes.slice(from, to)) node.outputs.forEach((type, k) => types.set(node.first + k, type));
  const outputs = new Map<number, string>();
  // In the order asked for: a program with several outputs keeps theirs when it is prepared again.
  const returned = new Map<string, ValueInfoProto>();
  for (const v of values) {
    const name = aliases.get(v) ?? `v${v}`;
    if (outputs.has(v)) {
      const copy = `${name}/${returned.size}`;
      nodes.push(nodeProto('Identity', [name], [copy]));
      returned.set(copy, valueInfo(copy, types.get(v)!));
    } else {
      outputs.set(v, name);
      if (!inputs.has(name)) returned.set(name, valueInfo(name, types.get(v)!));
    }
  }
  const opset = program.nodes.some((n) => n.op === 'Gelu') ? 20 : 18;
  const bytes = modelBytes(
    {
      nodes,
      initializers: [...initializers.values()],
      inputs: [...inputs].map(([name, o]) => valueInfo(name, o.type)),
      outputs: [...returned.values()],
    },
    opset,
  );
  return { bytes, inputs: [...inputs.values()], outputs };
}
