import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readLines } from '../devnet/acts/publish.js';
import { honestValues, rootsOfValues } from '../devnet/forge.js';
import { eachOf } from '../src/jobs/each-of.js';
import { dataRoot } from '../src/merkle/index.js';
import { Runtime } from '../src/onnx/index.js';
import { prepareModel, type ModelName } from '../src/ocr/index.js';
import { createReferee } from '../validator/index.js';
import { assaydPath } from './assayd.js';
import * as counts from './counts.js';
import { openCourt } from './court.js';
import { Docket } from './docket.js';
import type { BenchResult } from './main.js';
import { KINDS, random, tamper } from './tampering.js';
import { attempt, type Subject } from './trial.js';

const KS = Array.from({ length: 13 }, (_, i) => 4 + i);
/** Trials of each kind and k. A trial on recognition costs about five on the classifier. */
const TRIALS: Readonly<Record<ModelName, number>> = { orientation: 100, recognition: 10 };
const WITHIN =
  'an output moved, but every element of every node that the change touched was judged and none is a fault: the change stayed ' +
  'within the bound that any honest IEEE-754 machine is given (a changed output: within the signed tolerance)';

/**
 * How often a changed number is proven: one weight, one activation, one output, each by a factor of 1 + 2^-k. The worker of
 * every trial computes honestly from the changed number and commits to it on a live chain of one validator; every element of
 * the nodes that the number touches is judged, as a verifier would, and the worst is proven. A proof counts only when the
 * chain's ProveFault, given its encoded bytes in a transaction, convicted.
 *
 * Arguments: --model orientation|recognition (default both), --trials N of each kind and k (default 100, of recognition 10),
 * --seed S (default 1).
 */
export async function run(args: readonly string[]): Promise<BenchResult> {
  const { models, trials, seed } = options(args);
  const results = new Map<ModelName, counts.Result>();
  for (const model of models) results.set(model, await measure(model, trials ?? TRIALS[model], seed));
  const all = counts.join([...results.values()]);
  const { tried, undecided, refused } = counts.sum(all.byKind.values());
  return {
    bench: 'soundness',
    ok: refused === 0 && undecided === 0,
    seed,
    trials: tried,
    by_k: Object.fromEntries([...all.byK].map(([k, c]) => [k, { tried: c.tried, silent: c.silent, proven: c.proven }])),
    max_proof_bytes: all.largestProof,
    by_kind: Object.fromEntries(all.byKind),
    by_model: Object.fromEntries(
      [...results].map(([m, r]) => [m, { by_k: Object.fromEntries(r.byK), by_kind: Object.fromEntries(r.byKind), max_proof_bytes: r.largestProof }]),
    ),
    within_means: WITHIN,
  };
}

async function measure(model: ModelName, trials: number, seed: number): Promise<counts.Result> {
  console.error(`${model}: seed ${seed}, ${trials} trials of each of ${KINDS.length} kinds for each k of ${KS[0]}…${KS.at(-1)}`);
  const dir = mkdtempSync(join(tmpdir(), 'assay-soundness-'));
  const runtime = new Runtime();
  try {
    const subject = await subjectOf(model, dir, runtime);
    try {
      return await tryAll(model, subject, trials, seed);
    } finally {
      await subject.court.close();
    }
  } finally {
    await runtime.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function tryAll(model: ModelName, subject: Subject, trials: number, seed: number): Promise<counts.Result> {
  const byK = new Map(KS.map((k) => [k, counts.none()]));
  const byKind = new Map<string, counts.Count>(KINDS.map((kind) => [kind, counts.none()]));
  const docket = new Docket(subject.court);
  const next = random(seed);
  const start = performance.now();
  let largestProof = 0;
  for (const k of KS) {
    // All places are drawn first: they must not depend on which trial ends first.
    const forgeries = KINDS.flatMap((kind) => Array.from({ length: trials }, () => tamper(subject.execution.program, subject.honest, kind, k, next)));
    await eachOf(forgeries, async (forgery) => {
      const note = (ending: counts.Ending): void => {
        for (const count of [byK.get(k)!, byKind.get(forgery.kind)!]) {
          count.tried++;
          count[ending]++;
        }
      };
      const outcome = await attempt(subject, forgery);
      if (typeof outcome === 'string') return note(outcome);
      await docket.add(outcome, (convicted) => {
        note(convicted ? 'proven' : 'refused');
        if (convicted) largestProof = Math.max(largestProof, outcome.proof.length);
      });
    });
    await docket.settle();
    const { tried, silent, proven, within, undecided, refused } = byK.get(k)!;
    const odd = undecided + refused > 0 ? `, ${undecided} undecided, ${refused} refused by the chain` : '';
    console.error(`${model} k=${k}: ${tried} tried, ${silent} silent, ${proven} proven, ${within} within the bound${odd}; ${((performance.now() - start) / 1000).toFixed(0)} s so far`);
  }
  return { byK, byKind, largestProof };
}

async function subjectOf(model: ModelName, dir: string, runtime: Runtime): Promise<Subject> {
  const prepared = await prepareModel(model, { cache: fileURLToPath(new URL('../../build/models', import.meta.url)), runtime });
  const { program, weights } = prepared;
  const execution = { program, weights, inputs: [readLines(1)[0]![model]] };
  const honest = await honestValues(execution, runtime);
  const roots = {
    input: execution.inputs.map((t) => dataRoot(t.data)),
    weight: weights.map((w) => dataRoot(w)),
    value: rootsOfValues(program, honest),
    output: program.outputs.map((o) => dataRoot(honest[o.index]!.data)),
  };
  return { execution, honest, roots, runtime, dir, referee: await createReferee(assaydPath()), court: await openCourt(dir, model, prepared, execution.inputs) };
}

function options(args: readonly string[]): { models: readonly ModelName[]; trials: number | undefined; seed: number } {
  const { values } = parseArgs({ args: [...args], options: { model: { type: 'string' }, trials: { type: 'string' }, seed: { type: 'string', default: '1' } } });
  const positive = (name: string, text: string): number => {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name}: expected a positive integer, found ${text}`);
    return Number(text);
  };
  const names = Object.keys(TRIALS) as ModelName[];
  const models = values.model === undefined ? names : names.filter((n) => n === values.model);
  if (models.length === 0) throw new Error(`--model: expected one of ${names.join(', ')}, found ${values.model}`);
  return { models, trials: values.trials === undefined ? undefined : positive('trials', values.trials), seed: positive('seed', values.seed) };
}
