import { clone } from '@bufbuild/protobuf';
import { GraphProtoSchema } from 'onnx-buf';
import { loadEngine } from '../engine.js';
import type { ParsedModel } from '../parse.js';
import { serialise, valueInfo } from '../proto.js';
import type { Tensor } from '../tensor.js';

/**
 * Runs a model un-optimised and returns the named tensors. Asking for intermediates changes no bit in this mode.
 *
 * @throws OnnxError RUNTIME_FAILED
 */
export async function evaluate(
  model: ParsedModel,
  feeds: ReadonlyMap<string, Tensor>,
  names: ReadonlySet<string>,
): Promise<Map<string, Tensor>> {
  const graph = clone(GraphProtoSchema, model.graph);
  const asked = graph.node.flatMap((n) => n.output).filter((name) => names.has(name));
  if (asked.length === 0) return new Map();
  graph.output = asked.map((name) => valueInfo(name));
  const engine = await loadEngine(serialise({ ...model, graph }));
  try {
    return await engine.run(feeds);
  } finally {
    await engine.release();
  }
}
