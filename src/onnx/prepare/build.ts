import { openingBound, reach } from '../cost.js';
import { refuse } from '../errors.js';
import { LAYOUT, layoutMoves, type TensorType } from '../layout.js';
import { ATTRIBUTES, ENUMS, OPERATORS } from '../operators.js';
import { KIND, type Attribute, type Operand, type Program, type ProgramNode } from '../program.js';
import type { AttributeValue } from '../proto.js';
import type { Graph, GraphNode } from './graph.js';

/** An operand's opening within this many bytes is fine, whatever its layout. */
const ROOMY_BYTES = 32 * 1024;

/** A program and where its tensors come from. */
export interface BuiltProgram {
  readonly program: Program;
  /** for each VALUE its name in the graph; a Relayout has that of its operand */
  readonly values: readonly string[];
  /** for each WEIGHT its name in the graph */
  readonly weights: readonly string[];
  readonly relayouts: number;
}

/**
 * Chooses a layout for every tensor by cost and writes the graph as a program (PROTOCOL §3). A value lives in the layout
 * that most of its readers accept; a reader that does not gets a Relayout node. A weight may appear in two layouts.
 */
export function buildProgram(graph: Graph): BuiltProgram {
  const accepted = graph.nodes.map((node) => node.inputs.map((x, k) => (x === '' ? [] : acceptableLayouts(graph, node, k))));
  const home = homeLayouts(graph, accepted);
  const inputs = graph.inputs.map(({ type }) => ({ ...type, layout: LAYOUT.row }));
  const weights: TensorType[] = [];
  const weightNames: string[] = [];
  const valueNames: string[] = [];
  const nodes: ProgramNode[] = [];
  const known = new Map<string, Operand>();
  const key = (name: string, layout: number): string => `${layout} ${name}`;
  graph.inputs.forEach(({ name }, index) => known.set(key(name, LAYOUT.row), { kind: KIND.input, index, type: inputs[index]! }));

  const define = (name: string, layout: number): { type: TensorType; operand: Operand } => {
    const type = { ...graph.types.get(name)!, layout };
    const operand = { kind: KIND.value, index: valueNames.length, type };
    valueNames.push(name);
    known.set(key(name, layout), operand);
    return { type, operand };
  };
  const operandIn = (name: string, layouts: readonly number[]): Operand => {
    const own = home.get(name)!;
    const layout = layouts.includes(own) ? own : layouts[0]!;
    const before = known.get(key(name, layout));
    if (before !== undefined) return before;
    if (graph.constants.has(name)) {
      const type = { ...graph.types.get(name)!, layout };
      const operand = { kind: KIND.weight, index: weights.length, type };
      weights.push(type);
      weightNames.push(name);
      known.set(key(name, layout), operand);
      return operand;
    }
    const source = known.get(key(name, own))!;
    const first = valueNames.length;
    const { type, operand } = define(name, layout);
    nodes.push({ op: 'Relayout', attributes: [], inputs: [source], first, outputs: [type] });
    return operand;
  };
  graph.nodes.forEach((node, i) => {
    const operands = node.inputs.map((x, k) => (x === '' ? { kind: KIND.none, index: 0 } : operandIn(x, accepted[i]![k]!)));
    const first = valueNames.length;
    const outputs = node.outputs.map((name) => define(name, home.get(name)!).type);
    nodes.push({ op: node.op, attributes: attributesOfNode(node), inputs: operands, first, outputs });
  });
  const outputs = graph.outputs.map((name) => known.get(key(name, LAYOUT.row))!);
  const program = { inputs, weights, outputs, values: valueNames.length, nodes };
  return { program, values: valueNames, weights: weightNames, relayouts: nodes.length - graph.nodes.length };
}

/** Layouts in which the opening of operand k is small: cheapest for weights, anything roomy for values. Row comes first. */
function acceptableLayouts(graph: Graph, node: GraphNode, k: number): number[] {
  const name = node.inputs[k]!;
  const { dims } = graph.types.get(name)!;
  const draft: ProgramNode = {
    op: node.op,
    attributes: attributesOfNode(node),
    inputs: node.inputs.map((x) => (x === '' ? { kind: KIND.none, index: 0 } : { kind: KIND.value, index: 0, type: { ...graph.types.get(x)!, layout: LAYOUT.row } })),
    first: 0,
    outputs: node.outputs.map((x) => ({ ...graph.types.get(x)!, layout: LAYOUT.row })),
  };
  const box = reach(draft, k);
  const layouts = Object.values(LAYOUT).filter((layout) => layout === LAYOUT.row || layoutMoves(layout, dims));
  const costs = layouts.map((layout) => openingBound({ ...draft.inputs[k]!.type!, layout }, box));
  const limit = Math.max(Math.min(...costs), graph.constants.has(name) ? 0 : ROOMY_BYTES);
  return layouts.filter((_, i) => costs[i]! <= limit);
}

/** For each tensor the layout that most readers accept, the lowest number on a tie; inputs and outputs are row. */
function homeLayouts(graph: Graph, accepted: readonly (readonly (readonly number[])[])[]): Map<string, number> {
  const votes = new Map<string, number[]>();
  graph.nodes.forEach((node, i) =>
    node.inputs.forEach((name, k) => {
      const count = votes.get(name) ?? [0, 0, 0, 0];
      for (const layout of accepted[i]![k]!) count[layout]!++;
      votes.set(name, count);
    }),
  );
  const home = new Map<string, number>();
  for (const name of [...graph.nodes.flatMap((n) => n.outputs), ...graph.constants.keys()]) {
    const count = votes.get(name) ?? [1];
    home.set(name, count.indexOf(Math.max(...count)));
  }
  for (const name of [...graph.outputs, ...graph.inputs.map((i) => i.name)]) home.set(name, LAYOUT.row);
  return home;
}

/** Attributes as a record spells them: byte-sorted, complete, enums as positions. */
function attributesOfNode(node: GraphNode): Attribute[] {
  if (!OPERATORS.includes(node.op)) refuse('REFUSED_OPERATOR', `${node.op}: no referee judges it yet`);
  const names = ATTRIBUTES[node.op] ?? [];
  for (const name of Object.keys(node.attributes))
    if (!names.includes(name)) refuse('REFUSED_ATTRIBUTE', `${node.op}.${name} is not in the closed list`);
  return names.map((name) => attributeOf(node, name, node.attributes[name] ?? refuse('REFUSED_ATTRIBUTE', `${node.op} lacks ${name}`)));
}

function attributeOf(node: GraphNode, name: string, value: AttributeValue): Attribute {
  if (value.s !== undefined) {
    const position = ENUMS[name]?.indexOf(value.s) ?? -1;
    return position < 0 ? refuse('REFUSED_ATTRIBUTE', `${node.op}.${name} = ${value.s}`) : { name, ints: [position] };
  }
  if (value.f !== undefined) return { name, floats: [value.f] };
  if (value.floats !== undefined) return { name, floats: value.floats };
  return { name, ints: value.i !== undefined ? [value.i] : (value.ints ?? []) };
}
