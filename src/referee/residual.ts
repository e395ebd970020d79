import { drawElements } from '../chain/index.js';
import { AssayError } from '../errors.js';
import { DTYPE, KIND, type Program, type ProgramNode } from '../onnx/index.js';
import { elementCount } from '../onnx/tensor.js';

/** Tier B's statistic of a trace (PROTOCOL §7): how far drawn elements of contractions lie from the exact sums. Evidence, never a verdict. */
export interface Residual {
  /** elements of all contractions of float32, which the draw is over */
  readonly elements: bigint;
  readonly drawn: number;
  /** drawn elements that have a residual: products that are all zero, infinities and NaN have none */
  readonly counted: number;
  /** root mean square of z: below 10 for honest float32 on all models measured, thousands for weights rounded to float16 */
  readonly rms: number;
  readonly max: number;
}

/** What a draw is made with. */
export interface Draw {
  /** 32 bytes that nobody knew before the trace root was fixed */
  readonly randomness: Uint8Array;
  readonly jobId: bigint;
  readonly count: number;
}

/**
 * The nodes whose elements are drawn, ascending. Elements are numbered in node order, row-major within an output.
 *
 * @throws AssayError RESIDUAL_NONE for a program without contractions of float32
 */
export function drawnNodes(program: Program, draw: Draw): number[] {
  const nodes: number[] = [];
  const ends: bigint[] = [];
  let total = 0n;
  program.nodes.forEach((node, i) => {
    if (!hasResidual(node)) return;
    total += BigInt(elementCount(node.outputs[0]!.dims));
    nodes.push(i);
    ends.push(total);
  });
  if (total === 0n) throw new AssayError('RESIDUAL_NONE', 'the program has no contraction of float32: there is nothing to draw from');
  const drawn = drawElements(draw.randomness, draw.jobId, total, draw.count);
  return [...new Set(drawn.map((e) => ends.findIndex((end) => e < end)))].sort((a, b) => a - b).map((k) => nodes[k]!);
}

/** The tensors of the nodes whose elements are drawn, by kind (KIND) and index: what each reads and what it gives. @throws AssayError RESIDUAL_NONE */
export function drawnTensors(program: Program, draw: Draw): { kind: number; index: number }[] {
  return drawnNodes(program, draw).flatMap((i) => {
    const { inputs, first } = program.nodes[i]!;
    return [...inputs.filter((o) => o.kind !== KIND.none).map(({ kind, index }) => ({ kind, index })), { kind: KIND.value, index: first }];
  });
}

const CONTRACTIONS: ReadonlySet<string> = new Set(['MatMul', 'Gemm', 'Conv', 'ConvTranspose']);

function hasResidual(node: ProgramNode): boolean {
  return CONTRACTIONS.has(node.op) && node.outputs[0]!.dtype === DTYPE.float32;
}
