import { create } from '@bufbuild/protobuf';
import { GraphProtoSchema } from 'onnx-buf';
import { loadEngine } from '../engine.js';
import type { ParsedModel } from '../parse.js';
import { serialise, valueInfo, type NodeProto, type TensorProto } from '../proto.js';
import type { Tensor } from '../tensor.js';
import { DEFAULT_SEGMENT_BYTES } from '../tracer.js';

/** Nodes of a segment at most: sizes are guessed before a node has run, and guesses add up. */
const SEGMENT_NODES = 64;

/** Operators whose result is often larger than what they read, and by how much. */
const GROWTH: Readonly<Record<string, number>> = { Resize: 4, Upsample: 4, ConvTranspose: 4, Expand: 4, Tile: 4 };

/**
 * Runs a file un-optimised, segment by segment, and visits every tensor that a node gives, in order. Memory holds one
 * segment and what later segments read: the trace of a file may be far larger than any machine. Nodes are sorted and free
 * of control flow; constants stay initializers, so that every node has the bits of the whole file's run.
 *
 * @throws OnnxError RUNTIME_FAILED
 */
export async function walkFile(model: ParsedModel, feeds: ReadonlyMap<string, Tensor>, visit: (name: string, tensor: Tensor) => void): Promise<void> {
  const nodes = model.graph.node;
  const constants = new Map(model.graph.initializer.map((t) => [t.name, t]));
  const lastReader = new Map<string, number>();
  nodes.forEach((n, i) => n.input.forEach((name) => lastReader.set(name, i)));
  const live = new Map(feeds);
  for (let from = 0; from < nodes.length; ) {
    const to = endOf(nodes, from, constants, live);
    const results = await runPart(model, nodes.slice(from, to), constants, live);
    for (const name of nodes.slice(from, to).flatMap((n) => n.output)) {
      const tensor = results.get(name);
      if (tensor === undefined) continue;
      results.delete(name);
      visit(name, tensor);
      if ((lastReader.get(name) ?? -1) >= to) live.set(name, tensor);
    }
    for (const name of [...live.keys()]) if ((lastReader.get(name) ?? -1) < to) live.delete(name);
    from = to;
  }
}

/** Where a segment ends so that what it gives stays near DEFAULT_SEGMENT_BYTES, were each result as large as its largest operand. */
function endOf(nodes: readonly NodeProto[], from: number, constants: ReadonlyMap<string, TensorProto>, live: ReadonlyMap<string, Tensor>): number {
  const guess = new Map<string, number>();
  const bytes = (name: string): number => guess.get(name) ?? live.get(name)?.data.length ?? 0;
  let total = 0;
  let to = from;
  for (const n of nodes.slice(from, from + SEGMENT_NODES)) {
    const constant = n.input.every((name) => name === '' || constants.has(name));
    const largest = n.input.reduce((most, name) => Math.max(most, constant ? (constants.get(name)?.rawData.length ?? 0) : bytes(name)), 0);
    const own = largest * (GROWTH[n.opType] ?? 1);
    n.output.forEach((name) => guess.set(name, own));
    total += own * n.output.length;
    if (to > from && total > DEFAULT_SEGMENT_BYTES) break;
    to++;
  }
  return to;
}

/** Runs nodes as a model of their own; what they read from outside becomes a graph input or stays a constant. */
async function runPart(
  model: ParsedModel,
  node: NodeProto[],
  constants: ReadonlyMap<string, TensorProto>,
  live: ReadonlyMap<string, Tensor>,
): Promise<Map<string, Tensor>> {
  const read = new Set(node.flatMap((n) => n.input));
  const feeds = new Map([...live].filter(([name]) => read.has(name)));
  const graph = create(GraphProtoSchema, {
    name: 'part',
    node,
    initializer: [...constants.values()].filter((t) => read.has(t.name)),
    input: [...feeds].map(([name, t]) => valueInfo(name, t)),
    output: node.flatMap((n) => n.output).filter((name) => name !== '').map((name) => valueInfo(name)),
  });
  const engine = await loadEngine(serialise({ ...model, graph }));
  try {
    return await engine.run(feeds);
  } finally {
    await engine.release();
  }
}
