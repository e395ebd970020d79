import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Commitments } from '../src/chain/index.js';
import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import { openRange, prove, rootLeaf, rootOfRoots, sameHash } from '../src/merkle/index.js';
import { KIND, tensorPath, toLayout, valueTypes, type Tensor } from '../src/onnx/index.js';
import { writeWhole } from '../src/jobs/index.js';
import { producerOf, sizeOf } from '../validator/demand.js';
import { KnownTrace } from '../validator/known-trace.js';
import type { Referee } from '../src/referee/index.js';
import { Walk, type WalkStep } from '../validator/walk.js';
import { rootsOfValues, writeForged, type Execution, type ForgedRun } from './forge.js';

// A worker that serves what is demanded and nothing else, without a chain: for tests and measurements of the walk.

/** How a walk went, and what it cost. */
export interface Walked {
  readonly end: Exclude<WalkStep, { kind: 'need' }>;
  /** demands, and chunks that they asked for */
  readonly demands: number;
  readonly chunks: number;
}

/** The most that one demand may hold by default, in chunks. */
const DEMAND_CHUNKS = 256;

/**
 * Walks through a forged run by demands alone.
 *
 * @param own every VALUE as the verifier computes it, row-major
 * @param dir folder for both sides, made; @param hops as {@link Walk} takes them
 */
export async function walkHidden(o: { run: Execution; own: readonly Tensor[]; forged: ForgedRun; dir: string; assayd: string; referee: Referee; hops: number }): Promise<Walked> {
  const { run, own, forged, dir, assayd, referee, hops } = o;
  const { program } = run;
  const bundle = join(dir, 'worker');
  await mkdir(bundle, { recursive: true });
  const roots = await writeForged(run, forged, bundle);
  const { commitments } = JSON.parse(execFileSync(assayd, ['referee', 'roots', bundle], { encoding: 'utf8', maxBuffer: 1 << 26 })) as { commitments: Commitments };
  const types = valueTypes(program);
  const trace = new KnownTrace(program, rootOfRoots(roots.value));
  const kinds = { [TensorKind.TENSOR_KIND_INPUT]: 'input', [TensorKind.TENSOR_KIND_WEIGHT]: 'weight', [TensorKind.TENSOR_KIND_OUTPUT]: 'output' } as const;
  const walk = new Walk({
    program, trace, hops, roots, commitments, referee, dir: join(dir, 'verifier'),
    own: (v) => Promise.resolve(toLayout(types[v]!, own[v]!.data)),
    place: async ({ kind, index }) => {
      const name = kinds[kind as keyof typeof kinds];
      const bytes = new Uint8Array(await readFile(tensorPath(bundle, name, index)));
      await writeWhole(tensorPath(join(dir, 'verifier'), name, index), bytes);
      return bytes;
    },
  });
  let [demands, chunks] = [0, 0];
  for (;;) {
    const step = await walk.next();
    if (step.kind !== 'need') return { end: step, demands, chunks };
    chunks += step.items.length;
    demands += Math.ceil(step.items.length / DEMAND_CHUNKS);
    for (const { index, first, count } of step.items) {
      const bytes = toLayout(types[index]!, forged.values[index]!.data);
      const indices = Array.from({ length: Number(count) }, (_, i) => Number(first) + i);
      trace.learn(index, indices, openRange(bytes, indices[0]!, indices.length), prove(roots.value.length, [index], (i) => rootLeaf(roots.value[i]!)));
    }
  }
}

/**
 * Chunks that a walk by whole tensors would demand: from the outputs back along what differs, operands and values of every
 * node on the way, until it meets the node that is wrong.
 *
 * @param wrong index of that node; absent: it visits all that differs
 */
export function wholeTensorChunks(run: Execution, own: readonly Tensor[], forged: ForgedRun, wrong?: number): { demands: number; chunks: number } {
  const { program } = run;
  const [theirs, mine] = [rootsOfValues(program, forged.values), rootsOfValues(program, own)];
  const asked = new Set<number>();
  const seen = new Set<number>();
  const queue: number[] = [];
  const differs = (v: number): boolean => !sameHash(theirs[v]!, mine[v]!);
  for (const { index } of program.outputs) {
    asked.add(index);
    if (differs(index)) queue.push(index);
    for (let v = queue.pop(); v !== undefined; v = queue.pop()) {
      if (seen.has(v)) continue;
      seen.add(v);
      const node = program.nodes[producerOf(program, v)]!;
      const values = node.inputs.filter((i) => i.kind === KIND.value).map((i) => i.index);
      for (const each of [...values, ...node.outputs.map((_, k) => node.first + k)]) asked.add(each);
      if (producerOf(program, v) === wrong) queue.length = 0;
      else queue.push(...values.filter(differs).sort((a, b) => b - a));
    }
  }
  const sizes = [...asked].map((index) => Math.ceil(sizeOf(program, { kind: TensorKind.TENSOR_KIND_VALUE, index }) / 1024));
  return { demands: sizes.reduce((sum, n) => sum + Math.ceil(n / DEMAND_CHUNKS), 0), chunks: sizes.reduce((sum, n) => sum + n, 0) };
}
