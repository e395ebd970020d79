// How far may an output move although no element can be convicted? An adversary moves every element of every node to its
// bound, in the direction that a true gradient of the winner's lead gives, and computes each node from what it claimed
// before. The trace that results is judged by the chain's referee: it must hold no fault.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KIND, rowMajorWeights, Runtime, traceBytes, type Program } from '../src/onnx/index.js';
import { assaydPath, inBlocksOf, residual, scan } from './assayd.js';
import { CONTRACTIONS } from './gradient/contract.js';
import { gradients } from './gradient/index.js';
import type { Bench } from './main.js';
import { copyOf, decisionOf, Leads } from './objective.js';
import { runHonestly, spendAll, type Execution } from './spender.js';
import { subjectOf } from './subjects.js';
import { BLOCK } from './summation.js';

const MODELS = ['orientation', 'recognition', 'silero-v5', 'alexa', 'generation'];
/** Larger traces are judged after the float64 pre-check, which finds the same faults sooner. */
const EXACT_ELEMENTS = 5e6;
const DRAWN = 512;
const RANDOMNESS = new Uint8Array(32).fill(7);

type Bound = 'n' | 'n_eff';

/** One model under one bound, for one objective. */
interface Row {
  readonly model: string;
  /** bound of sums by weights: any order, or blocks of {@link BLOCK}, or that no sum of the model tells them apart */
  readonly bound: Bound | 'n = n_eff';
  /** whose leads the adversary lowers: all rows' together, or that of the weakest row; of numbers that decide nothing the largest */
  readonly objective: 'all rows' | 'weakest row' | 'largest element';
  readonly elements: number;
  readonly moved: number;
  /** largest magnitude of the numbers that decide */
  readonly scale: number;
  /** Σ bound·|gradient|: by how much the objective falls to first order */
  readonly predicted: number;
  /** the four operators that the most of it is of */
  readonly predicted_by_operator: Readonly<Record<string, number>>;
  /** by how much the objective fell */
  readonly realised: number;
  /** largest distance of any of the numbers that decide */
  readonly furthest: number;
  /** decisions; absent, as the next three are, where the output is no decision */
  readonly rows?: number;
  readonly least_lead_before?: number;
  readonly least_lead_after?: number;
  readonly rows_flipped?: number;
  /** tier B's statistic over {@link DRAWN} elements of the dishonest trace; honest ones have about 5 */
  readonly z_rms?: number;
  readonly faults: number;
  readonly undecided: number;
}

/** Arguments: names of models (bench/subjects.ts), and `n` or `n_eff` for one bound alone. */
export const run: Bench = async (args) => {
  assaydPath();
  const bounds = (['n', 'n_eff'] as const).filter((b) => args.includes(b) || !(args.includes('n') || args.includes('n_eff')));
  const names = args.filter((a) => a !== 'n' && a !== 'n_eff');
  const runtime = new Runtime({ timeoutMs: 600_000 });
  const rows: Row[] = [];
  try {
    for (const name of names.length > 0 ? names : MODELS) {
      const subject = await subjectOf(name, runtime, fileURLToPath(new URL('../../build/models', import.meta.url)));
      const { program, weights } = subject.prepared;
      for await (const row of score(name, { program, weights, rowMajor: rowMajorWeights(program, weights), inputs: subject.inputs(0) }, bounds)) {
        rows.push(row);
        console.error(JSON.stringify(row));
      }
    }
  } finally {
    await runtime.close();
  }
  // a trace with a fault would prove nothing about what passes
  return { bench: 'slack', ok: rows.length > 0 && rows.every((r) => r.faults === 0 && r.undecided === 0 && r.moved > 0), rows };
};

/** Whether a product by a weight matrix is long enough for its certified order to have fewer roundings than any order. */
function blocksMatter(program: Program): boolean {
  return program.nodes.some((n) => {
    const [x, w] = n.inputs;
    if (!['MatMul', 'Gemm'].includes(n.op) || w!.kind !== KIND.weight || w!.type!.dims.length !== 2) return false;
    const k = x!.type!.dims.at(n.attributes.some((a) => a.name === 'transA' && a.ints?.[0] === 1) ? -2 : -1)!;
    return Math.min(k, BLOCK) + Math.ceil(k / BLOCK) < k;
  });
}

/** The smallest of numbers that are too many for arguments: detection decides 307,200 pixels. */
const least = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.min(a, b), Infinity);

async function* score(model: string, execution: Execution, bounds: readonly Bound[]): AsyncGenerator<Row> {
  const { program, rowMajor, inputs } = execution;
  const decision = decisionOf(program);
  const values = await runHonestly(execution);
  const leads = new Leads(decision, copyOf(values.get(decision.value)!));
  const before = leads.of(leads.honest);
  const all = before.map((_, r) => r);
  const weakest = before.indexOf(least(before));
  const objectives: [Row['objective'], number[]][] = [decision.decides ? ['weakest row', [weakest]] : ['largest element', [before.indexOf(-least(before.map((x) => -x)))]]];
  if (all.length > 1) objectives.push(['all rows', all]);
  for (const [objective, wanted] of objectives) {
    const found = await gradients({ program, weights: rowMajor, inputs, values }, new Map([[decision.value, leads.seed(wanted)]]));
    for (const bound of blocksMatter(program) ? bounds : (['n = n_eff'] as const)) {
      const dir = await mkdtemp(join(tmpdir(), 'assay-slack-'));
      try {
        const commitments = inBlocksOf(bound === 'n_eff' ? BLOCK : 0);
        const spent = await spendAll(execution, dir, found, commitments, decision.value);
        const elements = traceBytes(program) / 4;
        const judged = await scan(dir, { commitments, fast: elements > EXACT_ELEMENTS });
        const after = leads.of(spent.value);
        yield {
          model, bound, objective, elements: judged.elements, moved: spent.moved,
          scale: leads.honest.reduce((m, x) => Math.max(m, Math.abs(x)), 0), predicted: spent.predicted,
          predicted_by_operator: Object.fromEntries(Object.entries(spent.byOperator).sort((a, b) => b[1] - a[1]).slice(0, 4)),
          realised: wanted.reduce((sum, r) => sum + before[r]! - after[r]!, 0),
          furthest: leads.honest.reduce((m, x, e) => Math.max(m, Math.abs(x - spent.value[e]!)), 0),
          ...(decision.decides && { rows: before.length, least_lead_before: least(before), least_lead_after: least(after), rows_flipped: after.filter((x) => x < 0).length }),
          ...(program.nodes.some((n) => n.op in CONTRACTIONS) && { z_rms: (await residual(dir, RANDOMNESS, DRAWN)).rms }),
          faults: judged.faults, undecided: judged.undecided,
        };
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    }
  }
}
