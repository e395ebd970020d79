// The official ONNX conformance cases: every expected output and every backend's own is within the referee's bounds, and one
// element just beyond is not.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime } from '../src/onnx/index.js';
import { loadCases, type Case } from '../test/conformance/cases.js';
import { Unsupported } from '../test/conformance/causes.js';
import { judgeCases, noCounts, type Counts, type Judgement } from '../test/conformance/judge.js';
import { prepareCase, type PreparedCase } from '../test/conformance/prepare-case.js';
import { isOwed, refusalOf } from '../test/conformance/promised.js';
import { assaydPath } from './assayd.js';
import type { Bench } from './main.js';

/** Cases that one process of the referee judges. */
const BATCH = 40;

/** Arguments: --list prints every case with what became of it; others are parts of names of cases to run. */
export const run: Bench = async (args) => {
  assaydPath();
  const list = args.includes('--list');
  const parts = args.filter((a) => !a.startsWith('--'));
  const cases = loadCases().filter((c) => parts.length === 0 || parts.some((p) => c.name.includes(p)));
  const dir = await mkdtemp(join(tmpdir(), 'assay-conformance-'));
  const runtime = new Runtime();
  const judged: Judgement[] = [];
  const unsupported = new Map<Case, Unsupported>();
  try {
    let pending: PreparedCase[] = [];
    for (const [i, c] of cases.entries()) {
      const prepared = await attempt(c, runtime, unsupported, judged);
      if (prepared !== undefined) pending.push(prepared);
      if (pending.length < BATCH && i < cases.length - 1) continue;
      judged.push(...(await judgeCases(pending, runtime, join(dir, 'batch'))));
      pending = [];
      console.error(`${i + 1} of ${cases.length} cases: ${judged.length} ran, ${judged.filter((j) => j.failures.length > 0).length} failed`);
    }
  } finally {
    await runtime.close();
    await rm(dir, { recursive: true, force: true });
  }
  for (const j of judged) for (const f of j.failures) console.error(`FAILED ${j.name}: ${f}`);
  if (list) print(judged, unsupported);
  return summary(cases, judged, unsupported);
};

/** Prepares a case, or notes why not: a cause of the closed list, or a failure. */
async function attempt(c: Case, runtime: Runtime, unsupported: Map<Case, Unsupported>, judged: Judgement[]): Promise<PreparedCase | undefined> {
  try {
    return await prepareCase(c, runtime);
  } catch (error) {
    if (error instanceof Unsupported) unsupported.set(c, error);
    else {
      const why = error instanceof Error ? error.message : String(error);
      judged.push({ name: c.name, operators: c.operators, how: 'parts', carried: false, bound: [], backends: [], refused: {}, failures: [`prepare: ${why}`], counts: noCounts() });
    }
    return undefined;
  }
}

function print(judged: readonly Judgement[], unsupported: ReadonlyMap<Case, Unsupported>): void {
  for (const j of judged) {
    const notes = [j.how, j.carried ? 'folded' : '', j.bound.length > 0 ? `bound ${j.bound.join(' ')}` : '', ...Object.keys(j.refused).map((b) => `not on ${b}: ${j.refused[b]}`)];
    console.log(`${j.failures.length > 0 ? 'failed' : 'ran'}\t${j.name}\t${j.operators.join(' ')}\t${notes.filter((n) => n !== '').join('; ')}`);
  }
  for (const [c, u] of unsupported) console.log(`${u.why}\t${c.name}\t${c.operators.join(' ')}\t${u.detail}${isOwed(c, u) ? ' (OWED)' : ''}`);
}

function summary(cases: readonly Case[], judged: readonly Judgement[], unsupported: ReadonlyMap<Case, Unsupported>): Awaited<ReturnType<Bench>> {
  const causes: Record<string, number> = {};
  for (const u of unsupported.values()) causes[u.why] = (causes[u.why] ?? 0) + 1;
  const failed = judged.filter((j) => j.failures.length > 0);
  const owed = [...unsupported].filter(([c, u]) => isOwed(c, u)).map(([c]) => c.name);
  const refusals: Record<string, number> = {};
  for (const [c, u] of unsupported) {
    const reason = refusalOf(c, u)?.reason;
    if (reason !== undefined) refusals[reason] = (refusals[reason] ?? 0) + 1;
  }
  const sum = (key: keyof Counts): number => judged.reduce((s, j) => s + j.counts[key], 0);
  const count = (of: (j: Judgement) => boolean): number => judged.filter(of).length;
  return {
    bench: 'conformance',
    ok: failed.length === 0 && owed.length === 0 && judged.length > 0,
    cases: cases.length,
    ran: judged.length,
    unsupported: Object.fromEntries(Object.entries(causes).sort(([, a], [, b]) => b - a)),
    failed: failed.length,
    promised_unsupported: refusals,
    owed,
    judged_whole: count((j) => j.how === 'whole' && !j.carried),
    judged_by_parts: count((j) => j.how === 'parts' && !j.carried),
    folded: count((j) => j.carried),
    on: Object.fromEntries(['ort-node/1', 'ort-node/2', 'ort-wasm'].map((b) => [b, count((j) => j.backends.includes(b))])),
    elements: sum('elements'),
    undecided: sum('undecided'),
    moved: sum('moved'),
    not_moved: sum('notMoved'),
    moved_caught: sum('movedCaught'),
    edges: sum('edges'),
    inside_acquitted: sum('insideAcquitted'),
    beyond_caught: sum('beyondCaught'),
  };
}
