import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { forge, honestValues, type Execution, type ForgedRun, type Forgery } from '../devnet/forge.js';
import { readLines } from '../devnet/acts/publish.js';
import { dataRoot, rootOfRoots } from '../src/merkle/index.js';
import { encodeProgram, KIND, Runtime, toLayout, valueTypes, type BundleRoots, type Tensor } from '../src/onnx/index.js';
import { prepareModel } from '../src/ocr/index.js';
import { assaydPath } from './assayd.js';
import type { BenchResult } from './main.js';
import { openCourt, type Case } from './court.js';
import { KINDS, mostMoved, random, tamper } from './tampering.js';

const tool = promisify(execFile);
/** Elements tried a trial; the verifier of a whole trace would try all. */
const CANDIDATES = 4;
const BATCH = 40;

interface Count {
  tried: number;
  silent: number;
  proven: number;
}

/** A trial whose output moved, with a proof if one was found, on its way to the chain. */
interface Trial extends Case {
  readonly k: number;
  readonly kind: Forgery['kind'];
}

/**
 * How often a changed number is proven: one weight, one activation, one output, each by a factor of 1 + 2^-k, on the
 * orientation classifier. The worker of every trial computes honestly from the changed number and commits to it on a live
 * chain of one validator; a proof counts only when the chain's ProveFault, given its encoded bytes in a transaction,
 * convicted. A change is silent when no bit of any output moved: nobody can notice it, nor is anybody harmed.
 *
 * Arguments: --trials N of each kind and k (default 100), --seed S (default 1).
 */
export async function run(args: readonly string[]): Promise<BenchResult> {
  const trials = option(args, '--trials', 100);
  const seed = option(args, '--seed', 1);
  console.error(`soundness: seed ${seed}, ${trials} trials of each of ${KINDS.length} kinds for each k of 4…16`);
  const runtime = new Runtime();
  const dir = mkdtempSync(join(tmpdir(), 'assay-soundness-'));
  const cache = fileURLToPath(new URL('../../build/models', import.meta.url));
  const prepared = await prepareModel('orientation', { cache, runtime });
  const execution: Execution = { program: prepared.program, weights: prepared.weights, inputs: [readLines(1)[0]!.orientation] };
  const honest = await honestValues(execution, runtime);
  const court = await openCourt(dir, prepared, execution.inputs, BATCH);
  const byK: Record<string, Count> = {};
  const byKind: Record<string, Count> = {};
  let largest = 0;
  let pending: Trial[] = [];
  const next = random(seed);
  try {
    for (let k = 4; k <= 16; k++) {
      for (const kind of KINDS) {
        for (let i = 0; i < trials; i++) {
          const counts = [(byK[k] ??= zero()), (byKind[kind] ??= zero())];
          const trial = await attempt(execution, honest, tamper(prepared.program, honest, kind, k, next), runtime, join(dir, 'trial'));
          for (const c of counts) c.tried++;
          if (trial === 'silent') for (const c of counts) c.silent++;
          else if (trial !== 'unproven') pending.push({ ...trial, k, kind });
          if (pending.length === BATCH) largest = await judge();
        }
      }
      if (pending.length > 0) largest = await judge();
      console.error(`k=${k}: ${JSON.stringify(byK[k])}`);
    }
  } finally {
    await court.close();
    await runtime.close();
    rmSync(dir, { recursive: true, force: true });
  }
  return { bench: 'soundness', ok: true, seed, model: 'orientation', trials: trials * KINDS.length * 13, by_k: byK, by_kind: byKind, max_proof_bytes: largest };

  async function judge(): Promise<number> {
    const verdicts = await court.judge(pending);
    pending.forEach((trial, i) => {
      if (!verdicts[i]) return;
      byK[trial.k]!.proven++;
      byKind[trial.kind]!.proven++;
    });
    const most = pending.reduce((m, t) => Math.max(m, t.proof.length), largest);
    pending = [];
    return most;
  }
}

/** Forges a run and looks for a proof against it. */
async function attempt(execution: Execution, honest: readonly Tensor[], forgery: Forgery, runtime: Runtime, dir: string): Promise<Case | 'silent' | 'unproven'> {
  const forged = await forge(execution, honest, forgery, runtime);
  if (!forged.moved) return 'silent';
  const { program } = execution;
  const roots = rootsOf(execution, forged);
  const places: { kind: 'arithmetic' | 'output'; node: number; slot: number; element: number }[] = [];
  if (forgery.kind === 'output') places.push({ kind: 'output', node: 0, slot: forgery.index, element: forgery.element });
  else {
    const node = program.nodes.findIndex((n) =>
      forgery.kind === 'weight' ? n.inputs.some((o) => o.kind === KIND.weight && o.index === forgery.index) : n.first <= forgery.index && forgery.index < n.first + n.outputs.length);
    const value = program.nodes[node]!.first;
    for (const element of mostMoved(honest[value]!, forged.values[value]!, CANDIDATES)) places.push({ kind: 'arithmetic', node, slot: 0, element });
  }
  for (const place of places) {
    const proof = await prove(execution, forged, roots, place, dir);
    if (proof) return { proof, outputRoots: roots.output, traceRoot: rootOfRoots(roots.value) };
  }
  return 'unproven';
}

function rootsOf({ weights, inputs, program }: Execution, forged: ForgedRun): BundleRoots {
  const types = valueTypes(program);
  return {
    input: inputs.map((t) => dataRoot(t.data)),
    weight: weights.map(dataRoot),
    value: forged.values.map((t, v) => dataRoot(toLayout(types[v]!, t.data))),
    output: forged.outputs.map((t) => dataRoot(t.data)),
  };
}

/** Lets the referee build a proof from the tensors that it reads; undefined where it finds no fault. */
async function prove(
  { program, weights, inputs }: Execution, forged: ForgedRun, roots: BundleRoots,
  place: { kind: string; node: number; slot: number; element: number }, dir: string,
): Promise<Uint8Array | undefined> {
  await rm(dir, { recursive: true, force: true });
  for (const kind of ['input', 'weight', 'value', 'output']) await mkdir(join(dir, kind), { recursive: true });
  await writeFile(join(dir, 'program.bin'), encodeProgram(program));
  const hex = (list: readonly Uint8Array[]): string[] => list.map((r) => Buffer.from(r).toString('hex'));
  await writeFile(join(dir, 'roots.json'), JSON.stringify({ input: hex(roots.input), weight: hex(roots.weight), value: hex(roots.value), output: hex(roots.output) }));
  const types = valueTypes(program);
  const put = (kind: string, index: number, data: Uint8Array): Promise<void> => writeFile(join(dir, kind, `${index}.bin`), data);
  if (place.kind === 'output') {
    await put('output', place.slot, forged.outputs[place.slot]!.data);
    const v = program.outputs[place.slot]!.index;
    await put('value', v, toLayout(types[v]!, forged.values[v]!.data));
  } else {
    const node = program.nodes[place.node]!;
    for (const o of node.inputs) {
      if (o.kind === KIND.input) await put('input', o.index, inputs[o.index]!.data);
      if (o.kind === KIND.weight) await put('weight', o.index, weights[o.index]!);
      if (o.kind === KIND.value) await put('value', o.index, toLayout(types[o.index]!, forged.values[o.index]!.data));
    }
    for (const k of node.outputs.keys()) await put('value', node.first + k, toLayout(types[node.first + k]!, forged.values[node.first + k]!.data));
  }
  const out = join(dir, 'fault.proof');
  const { stdout } = await tool(assaydPath(), ['referee', 'prove', dir, '--kind', place.kind, '--node', String(place.node), '--slot', String(place.slot), '--element', String(place.element), '--out', out]);
  const { explanation } = JSON.parse(stdout) as { explanation: { fault: boolean } };
  return explanation.fault ? new Uint8Array(await readFile(out)) : undefined;
}

function option(args: readonly string[], name: string, fallback: number): number {
  const at = args.indexOf(name);
  const value = at < 0 ? fallback : Number(args[at + 1]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name}: expected a positive integer, found ${args[at + 1] ?? 'nothing'}`);
  return value;
}

function zero(): Count {
  return { tried: 0, silent: 0, proven: 0 };
}
