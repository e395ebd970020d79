import { refuse } from '../errors.js';
import type { ParsedModel } from '../parse.js';
import { tensorOfProto, type NodeProto } from '../proto.js';
import { DTYPE, elementCount, type Tensor } from '../tensor.js';
import { firstForbidden } from '../canonical.js';
import { demandStatic } from './static.js';
import { Context, resolveAlias, type Builder, type Rule } from './context.js';
import type { Graph, GraphNode, Rewrites, Shape } from './graph.js';
import { contractions } from './rules/contractions.js';
import { elementwise } from './rules/elementwise.js';
import { indexing } from './rules/indexing.js';
import { movement } from './rules/movement.js';
import { padding } from './rules/padding.js';
import { predicates } from './rules/predicates.js';
import { rearranging } from './rules/rearranging.js';
import { quantised } from './rules/quantised.js';
import { reductions } from './rules/reductions.js';
import { resizing } from './rules/resize.js';
import { scans } from './rules/scans.js';
import { windows } from './rules/windows.js';

const RULES: Readonly<Record<string, Rule>> = {
  ...elementwise, ...windows, ...contractions, ...reductions, ...movement, ...resizing,
  ...indexing, ...padding, ...predicates, ...rearranging, ...scans, ...quantised,
};

/**
 * The normal form of a prepared file. Every rewrite here is exact: values that keep their name keep their bits.
 *
 * @param inputs graph inputs with their static types
 * @param known type of every tensor that a node gives
 * @throws OnnxError REFUSED_OPERATOR, REFUSED_TRIVIAL, REFUSED_ATTRIBUTE, REFUSED_DTYPE, REFUSED_WEIGHT, REFUSED_OPSET, ONNX_SHAPE
 */
export function normalise(
  model: ParsedModel,
  inputs: readonly { readonly name: string; readonly type: Shape }[],
  known: ReadonlyMap<string, Shape>,
  rewrites: Rewrites,
): Graph {
  const opset = opsetOf(model);
  const types = new Map<string, Shape>(inputs.map((i) => [i.name, i.type]));
  const constants = new Map<string, Tensor>();
  for (const t of model.graph.initializer) if (isKnown(t.dataType)) constants.set(t.name, tensorOfProto(t));
  for (const [name, t] of [...known, ...constants]) types.set(name, { dtype: t.dtype, dims: t.dims });
  const read = new Set([...model.graph.node.flatMap((n) => n.input), ...model.graph.output.map((o) => o.name)]);
  const builder: Builder = { opset, nodes: [], constants, types, aliases: new Map(), rewrites, read };
  for (const node of model.graph.node) normaliseNode(builder, node);

  const outputs = model.graph.output.map((o) => {
    const name = resolveAlias(builder, o.name);
    if (constants.has(name)) refuse('REFUSED_TRIVIAL', `output ${o.name} is a constant: it needs no computation`);
    if (inputs.some((i) => i.name === name)) refuse('REFUSED_TRIVIAL', `output ${o.name} is an input: it needs no computation`);
    return name;
  });
  const nodes = withoutDead(builder.nodes, outputs, rewrites);
  checkTensors(nodes, constants, types);
  return { inputs, outputs, nodes, constants, types };
}

/** Opset of the default domain. @throws OnnxError REFUSED_OPSET below 7 */
export function opsetOf(model: ParsedModel): number {
  const own = model.opsetImport.find((o) => o.domain === '' || o.domain === 'ai.onnx');
  const opset = Number(own?.version ?? 0n);
  return opset >= 7 ? opset : refuse('REFUSED_OPSET', `opset ${opset}; convert the model to opset 7 or later`);
}

function normaliseNode(builder: Builder, node: NodeProto): void {
  const rule = Object.hasOwn(RULES, node.opType) ? RULES[node.opType] : undefined;
  if (rule === undefined) return refuse('REFUSED_OPERATOR', `${node.opType}: no referee can judge it yet`);
  const context = new Context(builder, node);
  demandStatic(context);
  rule(context);
}

/** Nodes that some output depends on, in order. */
function withoutDead(nodes: readonly GraphNode[], outputs: readonly string[], rewrites: Rewrites): GraphNode[] {
  const needed = new Set(outputs);
  const kept: GraphNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((o) => needed.has(o))) {
      rewrites.note(`${node.op}: dead, removed`);
      continue;
    }
    kept.push(node);
    for (const x of node.inputs) if (x !== '') needed.add(x);
  }
  return kept.reverse();
}

/** Dtypes, empty tensors and forbidden numbers in weights: found here they cost nobody a bond. */
function checkTensors(nodes: readonly GraphNode[], constants: ReadonlyMap<string, Tensor>, types: ReadonlyMap<string, Shape>): void {
  const mayBeMinusInfinity = new Set(['Add', 'Where', 'Max']);
  for (const node of nodes) {
    for (const name of [...node.inputs, ...node.outputs]) {
      const type = name === '' ? undefined : types.get(name);
      if (type === undefined) continue;
      if (!isKnown(type.dtype)) refuse('REFUSED_DTYPE', `${node.op}: ${name} has dtype ${type.dtype}`);
      if (elementCount(type.dims) === 0) refuse('ONNX_SHAPE', `${node.op}: ${name} has no elements`);
    }
    for (const name of node.inputs) {
      const constant = constants.get(name);
      if (constant !== undefined && firstForbidden(constant.dtype, constant.data, mayBeMinusInfinity.has(node.op)) >= 0)
        refuse('REFUSED_WEIGHT', `${node.op}: weight ${name} holds a NaN or an infinity`);
    }
  }
}

function isKnown(dtype: number): boolean {
  return Object.values(DTYPE).some((d) => d === dtype);
}
