// Honest workers are never convicted: every element of every node of real traces, judged by the chain's referee on the
// trace's own inputs. 0 faults, 0 undecided; one element of each output moved to twice its bound is a fault.
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suits } from '../src/jobs/index.js';
import { describeRuntime, MAX_PROOF_BYTES, Runtime, trace, traceBytes } from '../src/onnx/index.js';
import { AssayError } from '../src/errors.js';
import { assaydPath, inBlocksOf, limitsOf, scan, type Limits, type ScanResult } from './assayd.js';
import { packageOf } from './packages.js';
import { LARGE_SUBJECTS, LEAST_ELEMENTS, SUBJECTS, subjectOf, type Subject } from './subjects.js';
import type { Bench } from './main.js';
import { BLOCK } from './summation.js';

/** A runtime and threads that every honest trace is judged under. */
export interface Configuration {
  readonly name: string;
  readonly backend: 'ort-node' | 'ort-wasm';
  readonly threads: number;
  /** another release of onnxruntime-node than the pinned one */
  readonly release?: string;
}

export const CONFIGURATIONS: readonly Configuration[] = [
  { name: 'ort-node/1', backend: 'ort-node', threads: 1 },
  { name: 'ort-node/2', backend: 'ort-node', threads: 2 },
  { name: 'ort-wasm', backend: 'ort-wasm', threads: 1 },
  ...['1.17.0', '1.20.1'].map((release) => ({ name: `ort-node-${release}`, backend: 'ort-node' as const, threads: 1, release })),
];

/** Gas of a block (chain/app/genesis): no judgement may need more. */
const BLOCK_GAS = 200_000_000;

/** Arguments: names of configurations and of models to run; all of either without any of it, but the large models. */
export const run: Bench = async (args) => {
  assaydPath();
  const models = [...SUBJECTS, ...LARGE_SUBJECTS];
  const unknown = args.find((a) => !CONFIGURATIONS.some((c) => c.name === a) && !models.includes(a));
  if (unknown !== undefined) {
    throw new AssayError('BENCH_ARGUMENT', `completeness: expected names of ${[...CONFIGURATIONS.map((c) => c.name), ...models].join(', ')}, found "${unknown}"`);
  }
  const chosen = (all: readonly string[], otherwise = all): readonly string[] => (all.some((n) => args.includes(n)) ? all.filter((n) => args.includes(n)) : otherwise);
  const names = chosen(CONFIGURATIONS.map((c) => c.name));
  const configurations = CONFIGURATIONS.filter((c) => names.includes(c.name));
  const scratch = await mkdtemp(join(tmpdir(), 'assay-completeness-'));
  const runtime = new Runtime({ timeoutMs: 600_000 });
  const runtimes = [runtime];
  const rows: Row[] = [];
  const limits: Limits[] = [];
  try {
    const runtimeOf = new Map<string, Runtime>();
    for (const { name, release } of configurations) {
      if (release === undefined) continue;
      const older = new Runtime({ timeoutMs: 600_000, nativeModule: await packageOf('onnxruntime-node', release) });
      runtimes.push(older);
      runtimeOf.set(name, older);
    }
    for (const name of chosen(models, SUBJECTS)) {
      const subject = await subjectOf(name, runtime, join(scratch, 'cache'));
      await demandRoom(scratch, traceBytes(subject.prepared.program));
      const record = join(scratch, 'record.bin');
      await writeFile(record, subject.prepared.record);
      limits.push(await limitsOf(record));
      for (const configuration of configurations) {
        rows.push(...(await judge(subject, configuration, runtimeOf.get(configuration.name) ?? runtime, join(scratch, 'trace'))));
      }
    }
  } finally {
    await Promise.all(runtimes.map((r) => r.close()));
    await rm(scratch, { recursive: true, force: true });
  }
  return summary(rows, limits);
};

/** @throws AssayError BENCH_DISK where a trace and a gigabyte do not fit */
async function demandRoom(dir: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const needed = bytes + 1e9;
  if (bavail * bsize < needed)
    throw new AssayError('BENCH_DISK', `${dir} has ${Math.floor((bavail * bsize) / 1e6)} MB free, ${Math.ceil(needed / 1e6)} are needed`, { hint: 'Free some, or set TMPDIR to a larger disk.' });
}

interface Row extends ScanResult {
  readonly model: string;
  readonly config: string;
}

/** Traces one run at a time: a trace of recognition has 200 MB. */
async function judge(
  { name: model, prepared, runs, inputs }: Subject,
  configuration: Configuration,
  runtime: Runtime,
  dir: string,
): Promise<Row[]> {
  const rows: Row[] = [];
  const { backend, threads, release } = configuration;
  // The narrower bound where it is certified: what it acquits, that of any order does too.
  const certified = release === undefined && suits(backend === 'ort-wasm' ? 'ort-wasm' : 'ort-x64-avx512', await describeRuntime({ backend, threads }));
  const commitments = inBlocksOf(certified ? BLOCK : 0);
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await trace(prepared.program, prepared.weights, inputs(i), dir, { runtime, backend, threads });
    const traced = performance.now();
    const result = await scan(dir, { move: true, commitments });
    await rm(dir, { recursive: true });
    rows.push({ ...result, model, config: configuration.name });
    const seconds = (from: number, to: number): string => ((to - from) / 1000).toFixed(1);
    console.error(
      `${model} ${configuration.name} run ${i + 1}: ${result.elements} elements, ${result.faults} faults, ${result.undecided} undecided, ` +
        `${result.movedCaught}/${result.moved} moved caught; traced in ${seconds(start, traced)} s, judged in ${seconds(traced, performance.now())} s`,
    );
  }
  return rows;
}

function summary(rows: readonly Row[], limits: readonly Limits[]): Awaited<ReturnType<Bench>> {
  const sum = (key: 'nodes' | 'elements' | 'faults' | 'undecided' | 'moved' | 'movedCaught'): number => rows.reduce((s, r) => s + r[key], 0);
  const worst: Record<string, number> = {};
  for (const row of rows) for (const [op, ratio] of Object.entries(row.worstRatio)) worst[op] = Math.max(worst[op] ?? 0, ratio);
  const causes: Record<string, Record<string, number>> = {};
  for (const row of rows) {
    for (const [cause, count] of Object.entries(row.undecidedByCause)) {
      const own = (causes[row.model] ??= {});
      own[cause] = (own[cause] ?? 0) + count;
    }
  }
  const worstOf = (key: 'proof' | 'gas'): Record<string, number> => {
    const most: Record<string, number> = {};
    for (const { operators } of limits) for (const [op, w] of Object.entries(operators)) most[op] = Math.max(most[op] ?? 0, w[key]);
    return sorted(most);
  };
  const proof = Math.max(...limits.map((l) => l.proof));
  const gas = Math.max(...limits.map((l) => l.gas));
  const within = proof <= MAX_PROOF_BYTES && gas <= BLOCK_GAS;
  const enough = rows.every((r) => r.model !== 'recognition' || elementsOf(rows, r) >= LEAST_ELEMENTS);
  const ok = rows.length > 0 && enough && within && sum('faults') === 0 && sum('undecided') === 0 && sum('moved') >= sum('nodes') && sum('movedCaught') === sum('moved');
  return {
    bench: 'completeness',
    ok,
    models: [...new Set(rows.map((r) => r.model))],
    configs: [...new Set(rows.map((r) => r.config))],
    nodes: sum('nodes'),
    elements: sum('elements'),
    faults: sum('faults'),
    undecided: sum('undecided'),
    ...(sum('undecided') > 0 && { undecided_by_model: causes }),
    moved: sum('moved'),
    moved_caught: sum('movedCaught'),
    worst_ratio: sorted(worst),
    most_proof_bytes: proof,
    most_gas: gas,
    worst_proof_bytes: worstOf('proof'),
    worst_gas: worstOf('gas'),
  };
}

function sorted(table: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function elementsOf(rows: readonly Row[], row: Row): number {
  return rows.filter((r) => r.model === row.model && r.config === row.config).reduce((s, r) => s + r.elements, 0);
}
