import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Commitments } from '../chain/index.js';
import type { Executor, Materials } from '../jobs/index.js';
import { OnnxError, readTensor, type Program } from '../onnx/index.js';
import { uniform } from '../onnx/prepare/samples.js';
import type { Referee } from '../referee/index.js';
import { integersOf, isKnown, knownAnswer } from './known.js';
import { materialsOf, Values, type Sample } from './sample.js';
import { SAMPLERS } from './samples.js';

/** What trying one operator on this machine showed. */
export interface Finding {
  readonly op: string;
  /** `wrong`: an honest result of this operator would be convicted here. `refused`: the runtime runs none of its samples. */
  readonly verdict: 'right' | 'wrong' | 'refused';
  /** who said so: the chain's referee, or answers that are known without it */
  readonly by: 'referee' | 'known answers';
  /** elements that were compared or judged */
  readonly elements: number;
  /** elements that nobody can judge, by cause */
  readonly undecided: Readonly<Record<string, number>>;
  /** samples that the runtime does not run, with its reason; no wrong answer, but no answer either */
  readonly refused: readonly string[];
  /** what is wrong, for people */
  readonly why?: string;
}

/** How {@link checkOperators} works. */
export interface CheckOptions {
  readonly operators: readonly string[];
  /** judges every element as the chain would; without it only operators whose answers are known are checked */
  readonly referee?: Referee;
  /** whose constants apply; default those of ieee-fp32 */
  readonly commitments?: Commitments;
  readonly seed: number;
  /** inputs of functions that deserve to be tried, by operator */
  readonly special?: ReadonlyMap<string, readonly number[]>;
}

/** What stands between an honest worker and a conviction: runs small samples of operators on the executor that will serve, and checks them. */
export async function checkOperators(executor: Pick<Executor, 'trace'>, options: CheckOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const op of options.operators) {
    const dir = await mkdtemp(join(tmpdir(), 'assay-check-'));
    try {
      const finding = await checkOne(executor, op, options, dir);
      if (finding) findings.push(finding);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }
  return findings;
}

/** The first operator of a program that this machine computes wrongly, in words; undefined when there is none. */
export function unfitFor(program: Program, findings: readonly Finding[]): string | undefined {
  const wrong = findings.find((f) => f.verdict === 'wrong' && program.nodes.some((node) => node.op === f.op));
  return wrong && `this machine computes ${wrong.op} wrongly: ${wrong.why}`;
}

async function checkOne(executor: Pick<Executor, 'trace'>, op: string, o: CheckOptions, dir: string): Promise<Finding | undefined> {
  const sampler = SAMPLERS[op];
  if (!sampler || !(o.referee || isKnown(op))) return undefined;
  const samples = sampler(new Values(uniform(o.seed)), o.special?.get(op) ?? []);
  const { bundles, refused } = await runAll(executor, samples, dir);
  const finding = { op, by: isKnown(op) && !o.referee ? 'known answers' : 'referee', elements: 0, undecided: {} as Record<string, number>, refused } as const;
  if (bundles.length === 0) return { ...finding, verdict: 'refused', why: refused[0] ?? 'no sample' };
  let { elements } = finding;
  for (const bundle of bundles) {
    const wrong = isKnown(op) ? await compare(bundle) : undefined;
    if (wrong) return { ...finding, verdict: 'wrong', by: 'known answers', elements, why: wrong };
    if (o.referee) {
      const scan = await o.referee.scan(bundle.dir, undefined, o.commitments);
      elements += scan.elements;
      for (const [cause, n] of Object.entries(scan.undecided)) finding.undecided[cause] = (finding.undecided[cause] ?? 0) + n;
      if (scan.fault) return { ...finding, verdict: 'wrong', elements, why: `element ${scan.fault.element} of sample ${scan.fault.node} is outside the referee's bound` };
    } else elements += sizeOf(bundle.materials);
  }
  return { ...finding, verdict: 'right', elements };
}

interface Bundle {
  readonly dir: string;
  readonly samples: readonly Sample[];
  readonly materials: Materials;
  /** data roots of the results */
  readonly value: readonly Uint8Array[];
}

// All samples in one program; where the runtime refuses that, each on its own.
async function runAll(executor: Pick<Executor, 'trace'>, samples: readonly Sample[], dir: string): Promise<{ bundles: Bundle[]; refused: string[] }> {
  const together = await runOne(executor, samples, join(dir, 'all'));
  if (typeof together !== 'string') return { bundles: [together], refused: [] };
  const bundles: Bundle[] = [];
  const refused: string[] = [];
  for (const [i, sample] of samples.entries()) {
    const alone = await runOne(executor, [sample], join(dir, `${i}`));
    if (typeof alone === 'string') refused.push(`sample ${i}: ${alone}`);
    else bundles.push(alone);
  }
  return { bundles, refused };
}

async function runOne(executor: Pick<Executor, 'trace'>, samples: readonly Sample[], dir: string): Promise<Bundle | string> {
  const materials = materialsOf(samples);
  try {
    const { value } = await executor.trace(materials, dir);
    return { dir, samples, materials, value };
  } catch (error) {
    // A runtime that lacks a kernel says so; anything else (no memory, no process) says nothing about its answers.
    if (error instanceof OnnxError && error.code === 'RUNTIME_FAILED') return error.message;
    throw error;
  }
}

async function compare({ dir, samples, materials, value }: Bundle): Promise<string | undefined> {
  for (const [i, sample] of samples.entries()) {
    const { dtype } = materials.program.outputs[i]!.type!;
    const found = integersOf({ dtype, data: await readTensor(dir, 'value', i, value[i]!) });
    const expected = knownAnswer(sample);
    const at = expected.findIndex((y, k) => found[k] !== y);
    if (at >= 0) return `element ${at} of sample ${i} is ${found[at]}, exactly ${expected[at]}`;
  }
  return undefined;
}

function sizeOf({ program }: Materials): number {
  return program.outputs.reduce((sum, o) => sum + o.type!.dims.reduce((a, b) => a * b, 1), 0);
}
