// A worker that moves every element of every node as far as the referee lets it go, the way a gradient says.
import { readFile, writeFile } from 'node:fs/promises';
import type { Commitments } from '../src/chain/index.js';
import { createBundle } from '../src/onnx/bundle.js';
import { runSegment } from '../src/onnx/tracer.js'; // prepared models of known digests: no child process needed
import { bytesOf, DTYPE, encodeProgram, floats, fromLayout, KIND, tensorPath, toLayout, type Program, type Tensor } from '../src/onnx/index.js';
import { spend } from './assayd.js';
import { MOVEMENT } from './gradient/movement.js';

/** Operators that return elements as they are: there is no bound to spend. An interpolating Resize never gets here. */
const EXACT: ReadonlySet<string> = new Set([
  ...Object.keys(MOVEMENT), 'Relu', 'Clip', 'Abs', 'Neg', 'Max', 'Min', 'Where', 'Cast', 'ReduceMax', 'ReduceMin', 'MaxPool', 'GlobalMaxPool',
]);

/** A prepared program on its inputs. */
export interface Execution {
  readonly program: Program;
  /** bytes in layout */
  readonly weights: readonly Uint8Array[];
  /** the same weights, row-major */
  readonly rowMajor: readonly Tensor[];
  readonly inputs: readonly Tensor[];
}

/** What a dishonest run came to. */
export interface Spent {
  /** the VALUE that was asked for */
  readonly value: Float32Array;
  /** Σ |gradient|·distance over all elements that moved: how far the objective moves to first order */
  readonly predicted: number;
  /** the same, by the operator whose elements moved */
  readonly byOperator: Readonly<Record<string, number>>;
  /** elements that moved */
  readonly moved: number;
}

/** Runs all nodes honestly and returns every VALUE, row-major. */
export async function runHonestly(e: Execution): Promise<Map<number, Tensor>> {
  return runSegment(e.program, e.rowMajor, e.inputs, new Map(), 0, e.program.nodes.length);
}

/**
 * Computes every node from what the nodes before it claim, moves its result against the gradient of an objective, as far as
 * no element becomes a fault, and writes the bundle.
 *
 * @param gradients with respect to every VALUE that the objective depends on, at the honest run
 * @param commitments whose constants bound the elements
 * @param wanted the VALUE to return
 */
export async function spendAll(e: Execution, dir: string, gradients: ReadonlyMap<number, Float32Array>, commitments: Commitments, wanted: number): Promise<Spent> {
  const { program } = e;
  await createBundle(dir, encodeProgram(program));
  for (const [i, data] of e.weights.entries()) await writeFile(tensorPath(dir, 'weight', i), data);
  for (const [i, t] of e.inputs.entries()) await writeFile(tensorPath(dir, 'input', i), t.data);
  const last = new Map<number, number>([[wanted, program.nodes.length]]);
  program.nodes.forEach((n, i) => n.inputs.forEach((o) => o.kind === KIND.value && o.index !== wanted && last.set(o.index, i)));
  const known = new Map<number, Tensor>();
  const byOperator: Record<string, number> = {};
  let [moved, from] = [0, 0];
  for (const [i, node] of program.nodes.entries()) {
    const spends = !EXACT.has(node.op) && node.outputs.some((t, slot) => t.dtype === DTYPE.float32 && gradients.get(node.first + slot)?.some((g) => g !== 0));
    if (!spends && i + 1 < program.nodes.length) continue;
    for (const [v, t] of await runSegment(program, e.rowMajor, e.inputs, known, from, i + 1)) known.set(v, t);
    for (const n of program.nodes.slice(from, i + 1))
      for (const [slot, type] of n.outputs.entries()) await writeFile(tensorPath(dir, 'value', n.first + slot), toLayout(type, known.get(n.first + slot)!.data));
    for (const [slot, type] of node.outputs.entries()) {
      const gradient = gradients.get(node.first + slot);
      if (!spends || type.dtype !== DTYPE.float32 || gradient === undefined) continue;
      const value = node.first + slot;
      await spend(dir, { node: i, slot, value }, toLayout(type, bytesOf(gradient.map((g) => -g))), commitments);
      const honest = floats(known.get(value)!);
      const claimed = fromLayout(type, new Uint8Array(await readFile(tensorPath(dir, 'value', value))));
      floats(claimed).forEach((y, p) => {
        if (y === honest[p]!) return;
        moved++;
        byOperator[node.op] = (byOperator[node.op] ?? 0) + Math.abs(gradient[p]! * (y - honest[p]!));
      });
      known.set(value, claimed);
    }
    from = i + 1;
    for (const v of [...known.keys()]) if ((last.get(v) ?? -1) <= i) known.delete(v);
  }
  const predicted = Object.values(byOperator).reduce((a, b) => a + b, 0);
  return { value: Float32Array.from(floats(known.get(wanted)!)), predicted, byOperator, moved };
}
