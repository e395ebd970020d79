import { clone } from '@bufbuild/protobuf';
import { GraphProtoSchema } from 'onnx-buf';
import { loadEngine } from '../engine.js';
import { OnnxError } from '../errors.js';
import type { ParsedModel } from '../parse.js';
import { serialise } from '../proto.js';
import type { Rewrites } from './graph.js';

/** The opset of regenerated programs. */
const OPSET = 18;

/** Operators that are averages of pools, or become one. */
const AVERAGES: readonly string[] = ['AveragePool', 'LpPool'];

/** Operators whose meaning changed after opset 18 without a new attribute that would tell. */
const CHANGED = new Set(['GroupNormalization']);

/**
 * Lowers a file to opset 18 where it averages pools, in place: from 19 on ONNX Runtime has another kernel for AveragePool,
 * with other bits. It is the file that changes numbers here, so it happens before everything that is compared bit for bit.
 * A file that needs a younger opset, for this operator or another, stays as it is.
 */
export async function lowerOpset(model: ParsedModel, opset: number, rewrites: Rewrites): Promise<void> {
  const operators = model.graph.node.map((n) => n.opType);
  if (opset <= OPSET || !operators.some((op) => AVERAGES.includes(op)) || operators.some((op) => CHANGED.has(op))) return;
  const lowered = {
    ...model,
    graph: clone(GraphProtoSchema, model.graph),
    opsetImport: model.opsetImport.map((o) => (o.domain === '' || o.domain === 'ai.onnx' ? { ...o, version: BigInt(OPSET) } : o)),
  };
  try {
    await (await loadEngine(serialise(lowered))).release();
  } catch (error) {
    if (error instanceof OnnxError && error.code === 'RUNTIME_FAILED') return;
    throw error;
  }
  model.opsetImport = lowered.opsetImport;
  rewrites.note('AveragePool: the kernel of opset 18');
}
