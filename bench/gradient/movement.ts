// Operators that only copy elements. Where each output element comes from is asked of the runtime itself: it moves the
// numbers 1, 2, 3, … in place of the operands, and 0 is what came from nowhere.
import { loadEngine } from '../../src/onnx/engine.js'; // one known operator on our own numbers: no child process needed
import { emitNode } from '../../src/onnx/emit.js';
import { attributesOf } from '../../src/onnx/program.js';
import { modelBytes, tensorProto, valueInfo } from '../../src/onnx/proto.js';
import { float32, floats, type ProgramNode, type Tensor } from '../../src/onnx/index.js';
import { unknown, type Rule, type Step } from './rule.js';

/** float32 holds every integer up to here. */
const MOST = 2 ** 24;

/** Row-major order stays: Reshape, and Relayout, whose values are the operand's in other memory. */
const same: Rule = (s) => [s.d[0]!.slice()];

const moved: Rule = async (s) => {
  const starts: number[] = [];
  let count = 0;
  for (const x of s.x) {
    starts.push(count);
    count += x.length;
  }
  if (count > MOST) throw unknown(s.node, ` of ${count} elements, more than ${MOST}`);
  const to = s.wanted.map((w, k) => (w ? new Float64Array(s.x[k]!.length) : undefined));
  const owner = (origin: number): number => starts.findLastIndex((from, k) => from < origin && s.x[k]!.length > 0);
  const origins = await originsOf(s, starts);
  origins.forEach((from, slot) =>
    from.forEach((origin, e) => {
      if (origin === 0) return;
      const k = owner(origin);
      const dx = to[k];
      if (dx) dx[origin - 1 - starts[k]!]! += s.d[slot]![e]!;
    }),
  );
  return to;
};

/** For every element of every output the number of the operands' element that it is, from 1 on; 0: none of them. */
async function originsOf(s: Step, starts: readonly number[]): Promise<Float32Array[]> {
  const operands = s.operands.map((_, k) => `x${k}`);
  const outputs = s.node.outputs.map((_, k) => `y${k}`);
  const { node, constants } = emitNode(paddedByZero(s.node), operands, outputs);
  const feeds = new Map<string, Tensor>(
    s.operands.map((t, k) => [operands[k]!, s.x[k]!.length === 0 ? t! : float32(t!.dims, Float32Array.from(s.x[k]!, (_, e) => starts[k]! + e + 1))]),
  );
  // initializers, not inputs: nothing about a copy depends on the numbers, and every operator takes its indices so
  const bytes = modelBytes(
    { nodes: [node], initializers: [...constants, ...[...feeds].map(([name, t]) => tensorProto(name, t))], inputs: [], outputs: outputs.map((name, k) => valueInfo(name, s.node.outputs[k]!)) },
    18,
  );
  const engine = await loadEngine(bytes);
  try {
    const results = await engine.run(new Map());
    return outputs.map((name) => Float32Array.from(floats(results.get(name)!)));
  } finally {
    await engine.release();
  }
}

/** What padding adds comes from nowhere. */
function paddedByZero(node: ProgramNode): ProgramNode {
  return node.op !== 'Pad' ? node : { ...node, attributes: node.attributes.map((a) => (a.name === 'value' ? { name: 'value', floats: [0] } : a)) };
}

const resize: Rule = (s) => {
  if (attributesOf(s.node).text('mode') !== 'nearest') throw unknown(s.node, ' that interpolates');
  return moved(s);
};

/** By operator. */
export const MOVEMENT: Readonly<Record<string, Rule>> = {
  Reshape: same, Relayout: same,
  Transpose: moved, Slice: moved, Split: moved, Concat: moved, Expand: moved, Tile: moved, Pad: moved, Gather: moved, GatherElements: moved, Trilu: moved,
  Resize: resize,
};
