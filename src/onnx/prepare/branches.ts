import { refuse } from '../errors.js';
import type { ParsedModel } from '../parse.js';
import { nodeProto, tensorOfProto, type GraphProto, type NodeProto } from '../proto.js';
import type { Tensor } from '../tensor.js';
import { evaluate } from './evaluate.js';
import { sortNodes } from './file.js';
import type { Rewrites } from './graph.js';

const MAX_ROUNDS = 16;

/**
 * Replaces every `If` by the branch that its condition takes with fixed shapes and bound inputs, in place. Conditions must
 * be the same for every input, which holds when they depend on shapes and constants alone; others change the outputs of
 * some run and are then found by the check of the regenerated program.
 *
 * @throws OnnxError REFUSED_CONTROL_FLOW for Loop, Scan and conditions that depend on an input
 */
export async function inlineBranches(model: ParsedModel, feeds: ReadonlyMap<string, Tensor>, rewrites: Rewrites): Promise<void> {
  for (let round = 0; ; round++) {
    const ifs = model.graph.node.filter((n) => n.opType === 'If');
    if (ifs.length === 0) break;
    if (round === MAX_ROUNDS) refuse('ONNX_LIMIT', `If nested deeper than ${MAX_ROUNDS}`);
    refuseDataDependent(model, ifs);
    const conditions = new Set(ifs.map((n) => n.input[0] ?? ''));
    const values = await evaluate(model, feeds, conditions);
    for (const t of model.graph.initializer) if (conditions.has(t.name)) values.set(t.name, tensorOfProto(t));
    model.graph.node = model.graph.node.flatMap((n, i) => {
      if (n.opType !== 'If') return [n];
      rewrites.note('If: inlined');
      const condition = values.get(n.input[0] ?? '') ?? refuse('REFUSED_CONTROL_FLOW', `If ${n.name} has a condition that cannot be evaluated`);
      return inline(model.graph, n, condition.data[0] !== 0, `if${round}.${i}/`);
    });
    sortNodes(model.graph);
  }
  for (const n of model.graph.node)
    if (n.attribute.some((a) => a.g !== undefined || a.graphs.length > 0))
      refuse('REFUSED_CONTROL_FLOW', `${n.opType} ${n.name} is control flow that cannot be unrolled here; export the model without it`);
}

/** Refuses conditions that depend on a graph input: another input could take the other branch. Shapes are static by now. */
function refuseDataDependent(model: ParsedModel, ifs: readonly NodeProto[]): void {
  const tainted = new Set(model.graph.input.map((v) => v.name));
  for (const n of model.graph.node)
    if (n.opType !== 'Shape' && n.opType !== 'Size' && n.input.some((x) => tainted.has(x))) for (const o of n.output) tainted.add(o);
  for (const n of ifs)
    if (tainted.has(n.input[0] ?? ''))
      refuse('REFUSED_CONTROL_FLOW', `If ${n.name} depends on an input's values; bind that input to a constant`);
}

function inline(outer: GraphProto, n: NodeProto, taken: boolean, prefix: string): NodeProto[] {
  const name = taken ? 'then_branch' : 'else_branch';
  const branch = n.attribute.find((a) => a.name === name)?.g ?? refuse('REFUSED_CONTROL_FLOW', `If ${n.name} has no ${name}`);
  rename(branch, prefix, new Map());
  outer.initializer.push(...branch.initializer);
  const results = n.output.map((o, i) => nodeProto('Identity', [branch.output[i]?.name ?? ''], [o]));
  return [...branch.node, ...results];
}

/** Prefixes every name that a graph defines, so that two branches never collide. */
function rename(graph: GraphProto, prefix: string, above: ReadonlyMap<string, string>): void {
  const names = new Map(above);
  for (const t of graph.initializer) names.set(t.name, prefix + t.name);
  for (const n of graph.node) for (const o of n.output) if (o !== '') names.set(o, prefix + o);
  const of = (x: string): string => names.get(x) ?? x;
  for (const t of graph.initializer) t.name = of(t.name);
  for (const n of graph.node) {
    n.input = n.input.map(of);
    n.output = n.output.map(of);
    for (const a of n.attribute) if (a.g !== undefined) rename(a.g, prefix, names);
  }
  for (const o of graph.output) o.name = of(o.name);
}
