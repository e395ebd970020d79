import { refuse } from '../errors.js';
import type { ParsedModel } from '../parse.js';
import { nodeProto, tensorOfProto, tensorProto, type GraphProto, type NodeProto } from '../proto.js';
import { DTYPE, type Tensor } from '../tensor.js';
import { evaluate } from './evaluate.js';
import { sortNodes } from './file.js';
import type { Rewrites } from './graph.js';

const MAX_ROUNDS = 16;

/**
 * Removes every `If`, in place. One whose condition depends on shapes and constants alone becomes the branch that it takes.
 * One whose condition depends on what is fed becomes both branches and a Where between their results: branches have no
 * effects, so that computing the other one changes nothing, and types that do not fit are refused later, by Where.
 *
 * @throws OnnxError REFUSED_CONTROL_FLOW for Loop and Scan
 */
export async function inlineBranches(model: ParsedModel, feeds: ReadonlyMap<string, Tensor>, rewrites: Rewrites): Promise<void> {
  for (let round = 0; ; round++) {
    const ifs = model.graph.node.filter((n) => n.opType === 'If');
    if (ifs.length === 0) break;
    if (round === MAX_ROUNDS) refuse('ONNX_LIMIT', `If nested deeper than ${MAX_ROUNDS}`);
    const tainted = dependents(model);
    const conditions = new Set(ifs.map((n) => n.input[0] ?? '').filter((c) => !tainted.has(c)));
    const values = conditions.size === 0 ? new Map<string, Tensor>() : await evaluate(model, feeds, conditions);
    for (const t of model.graph.initializer) if (conditions.has(t.name)) values.set(t.name, tensorOfProto(t));
    model.graph.node = model.graph.node.flatMap((n, i) => {
      if (n.opType !== 'If') return [n];
      if (tainted.has(n.input[0] ?? '')) {
        rewrites.note('If on computed values: both branches and Where');
        return both(model.graph, n, `if${round}.${i}/`);
      }
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

/** Names of what depends on a graph input's values. Shapes are static by now. */
function dependents(model: ParsedModel): Set<string> {
  const tainted = new Set(model.graph.input.map((v) => v.name));
  for (const n of model.graph.node)
    if (n.opType !== 'Shape' && n.opType !== 'Size' && n.input.some((x) => tainted.has(x))) for (const o of n.output) tainted.add(o);
  return tainted;
}

/** Both branches, and a Where for each result. The condition has one element but any rank: it is made a scalar. */
function both(outer: GraphProto, n: NodeProto, prefix: string): NodeProto[] {
  const take = (taken: boolean): { nodes: NodeProto[]; results: string[] } => {
    const own = `${prefix}${taken ? 'then' : 'else'}/`;
    const results = n.output.map((o) => own + o);
    return { nodes: inline(outer, { ...n, output: results }, taken, own), results };
  };
  const [yes, no] = [take(true), take(false)];
  const [scalar, shape] = [`${prefix}condition`, `${prefix}scalar`];
  outer.initializer.push(tensorProto(shape, { dtype: DTYPE.int64, dims: [0], data: new Uint8Array(0) }));
  return [
    ...yes.nodes,
    ...no.nodes,
    nodeProto('Reshape', [n.input[0] ?? '', shape], [scalar]),
    ...n.output.map((o, k) => nodeProto('Where', [scalar, yes.results[k]!, no.results[k]!], [o])),
  ];
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
