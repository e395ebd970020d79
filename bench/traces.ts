// Traces that fit: the memory that building a trace needs beside that of running its model, each in a process of its own.
import { execFile } from 'node:child_process';
import { readFile, rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AssayError } from '../src/errors.js';
import { prepareModel } from '../src/ocr/index.js';
import { loadPrepared, savePrepared } from '../src/ocr/cache.js';
import { Runtime, Session, trace, traceBytes, type Prepared } from '../src/onnx/index.js';
import { noise } from '../src/onnx/prepare/samples.js';
import { assaydPath } from './assayd.js';
import { prepareIsnet } from './isnet.js';
import type { Bench } from './main.js';
import { prepareReference, REFERENCE_MODELS } from './reference-models.js';

/** Memory of building a trace over that of running, at most. */
const MOST = 3;

/** What all processes may hold at once while a trace is built, in MiB. */
const MOST_MIB = 4096;

const TIMEOUT_MS = 3_600_000;
const cache = fileURLToPath(new URL('../../build/prepared/', import.meta.url));

/** How each model is prepared; the child that does it is held to `MOST_MIB`. */
const MODELS: Readonly<Record<string, (runtime: Runtime) => Promise<Prepared>>> = {
  orientation: (runtime) => prepareModel('orientation', { cache, runtime }),
  recognition: (runtime) => prepareModel('recognition', { cache, runtime }),
  detection: (runtime) => kept('detection', () => prepareReference(REFERENCE_MODELS.find((m) => m.name === 'detection')!, runtime)),
  isnet: (runtime) => kept('isnet', () => prepareIsnet('isnet', runtime)),
};

/** Prepared once: the cache is removed with the build directory. */
async function kept(name: string, make: () => Promise<Prepared>): Promise<Prepared> {
  const dir = join(cache, name);
  const before = await loadPrepared(dir);
  if (before !== undefined) return before;
  const prepared = await make();
  await savePrepared(dir, prepared);
  return prepared;
}

/**
 * Arguments: names of models (all of them without any), and for each `name:3,7-9` to scan those nodes of its trace with the
 * chain's referee and measure that process too (`name:all` for every node; some five minutes for ISNet on two quiet cores).
 */
export const run: Bench = async (args) => {
  const wanted = (args.length > 0 ? args : Object.keys(MODELS)).map((a) => a.split(':') as [string, string?]);
  const models: Record<string, Figures> = {};
  for (const [name, nodes] of wanted) {
    const make = Object.hasOwn(MODELS, name) ? MODELS[name] : undefined;
    if (make === undefined) throw new AssayError('BENCH_ARGUMENT', `traces: expected names of ${Object.keys(MODELS).join(', ')}, found "${name}"`);
    models[name] = await measure(make, nodes);
    console.error(`${name}: ${JSON.stringify(models[name])}`);
  }
  const ok = Object.values(models).every((m) => m.ratio <= MOST && m.all_mib <= MOST_MIB && (m.scan?.faults ?? 0) === 0 && (m.scan?.undecided ?? 0) === 0);
  return { bench: 'traces', ok, models };
};

interface Figures {
  /** peak of the process that prepared the file, in MiB; 0 when it was prepared before */
  readonly prepare_mib: number;
  /** peaks of resident memory of the process that runs the model un-optimised, and of the one that builds its trace */
  readonly run_mib: number;
  readonly trace_mib: number;
  readonly ratio: number;
  /** the trace's process and this one, at their peaks */
  readonly all_mib: number;
  readonly trace_bytes: number;
  readonly seconds: number;
  readonly scan?: ScanFigures;
}

async function measure(make: (runtime: Runtime) => Promise<Prepared>, nodes: string | undefined): Promise<Figures> {
  const prepared = await inProcess(make);
  const { program, weights } = prepared.result;
  const inputs = noise(program.inputs)[0]!;
  const ran = await inProcess(async (runtime) => {
    const session = await Session.open(program, weights, { runtime });
    await session.run(inputs);
    await session.close();
  });
  const dir = await mkdtemp(join(tmpdir(), 'assay-traces-'));
  try {
    const start = performance.now();
    const traced = await inProcess((runtime) => trace(program, weights, inputs, dir, { runtime, timeoutMs: TIMEOUT_MS }));
    const seconds = Math.round(performance.now() - start) / 1000;
    return {
      prepare_mib: prepared.mib,
      run_mib: ran.mib,
      trace_mib: traced.mib,
      ratio: Math.round((100 * traced.mib) / ran.mib) / 100,
      all_mib: traced.mib + (await peakMiB(process.pid)),
      trace_bytes: traceBytes(program),
      seconds,
      ...(nodes !== undefined && { scan: await scanned(dir, nodes) }),
    };
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Acts in a fresh child and tells the child's peak of resident memory. */
async function inProcess<T>(act: (runtime: Runtime) => Promise<T>): Promise<{ result: T; mib: number }> {
  const runtime = new Runtime({ memoryMiB: MOST_MIB, timeoutMs: TIMEOUT_MS });
  try {
    const result = await act(runtime);
    return { result, mib: runtime.pid === undefined ? 0 : await peakMiB(runtime.pid) };
  } finally {
    await runtime.close();
  }
}

/** VmHWM of a process, in MiB. @throws AssayError BENCH_PLATFORM without /proc */
async function peakMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch((cause: unknown) => {
    throw new AssayError('BENCH_PLATFORM', `the peak memory of process ${pid} cannot be read`, { cause, hint: 'This bench needs Linux.' });
  });
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024);
}

interface ScanFigures {
  readonly nodes: number;
  readonly elements: number;
  readonly faults: number;
  readonly undecided: number;
  readonly mib: number;
  readonly seconds: number;
}

/** The referee's scan under GNU time, which tells the peak of its resident memory. */
async function scanned(dir: string, nodes: string): Promise<ScanFigures> {
  const { stdout, stderr } = await promisify(execFile)('/usr/bin/time', ['-f', 'peak %M', assaydPath(), 'referee', 'scan', dir, '--nodes', nodes], { maxBuffer: 2 ** 26 });
  const peak = /^peak (\d+)$/m.exec(stderr)?.[1];
  if (peak === undefined) throw new AssayError('SCAN_FAILED', `GNU time said no peak: ${stderr.slice(-300)}`);
  const told = JSON.parse(stdout) as Omit<ScanFigures, 'mib'>;
  return { nodes: told.nodes, elements: told.elements, faults: told.faults, undecided: told.undecided, mib: Math.round(Number(peak) / 1024), seconds: told.seconds };
}
