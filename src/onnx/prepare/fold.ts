import type { ParsedModel } from '../parse.js';
import { tensorProto, type NodeProto } from '../proto.js';
import type { Tensor } from '../tensor.js';
import { pruneDead } from './file.js';
import type { Rewrites } from './graph.js';

/** Operators with chance in them are never constants, whatever they read. */
const RANDOM = /^(Random|Multinomial|Bernoulli)/;

/** Operators that read the shape of their operand and nothing else of it. */
const FROM_SHAPE: ReadonlySet<string> = new Set(['Shape', 'Size', 'EyeLike']);

/**
 * Names of everything that depends on shapes and constants alone. Nodes are sorted.
 */
export function constantNames(model: ParsedModel): Set<string> {
  const constant = new Set(model.graph.initializer.map((t) => t.name));
  for (const n of model.graph.node) if (isFixed(n, constant)) n.output.forEach((name) => name !== '' && constant.add(name));
  return constant;
}

function isFixed(n: NodeProto, constant: ReadonlySet<string>): boolean {
  return FROM_SHAPE.has(n.opType) || (n.input.every((x) => x === '' || constant.has(x)) && !RANDOM.test(n.opType));
}

/**
 * Replaces whatever depends on shapes and constants alone by its values, in place: Shape, Size, ConstantOfShape, Range and
 * everything computed from them. It belongs to the rewrites that change numbers, because a constant operand may choose
 * another kernel than a computed one.
 *
 * @param values the tensors of `constantNames` that nodes give, from one un-optimised run
 * @returns whether anything was replaced
 */
export function foldConstants(model: ParsedModel, values: ReadonlyMap<string, Tensor>, rewrites: Rewrites): boolean {
  const graph = model.graph;
  const constant = new Set(graph.initializer.map((t) => t.name));
  const before = graph.node.length;
  graph.node = graph.node.filter((n) => {
    if (!isFixed(n, constant)) return true;
    rewrites.note(`${n.opType}: folded`);
    for (const name of n.output) {
      const value = values.get(name);
      if (value === undefined) continue;
      constant.add(name);
      graph.initializer.push(tensorProto(name, value));
    }
    return false;
  });
  pruneDead(graph);
  return graph.node.length < before;
}
