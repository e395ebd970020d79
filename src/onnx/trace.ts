import type { BundleRoots } from './bundle.js';
import { runAllowanceMs } from './cost.js';
import type { EngineOptions } from './engine.js';
import { refuse } from './errors.js';
import { pack } from './parcel.js';
import type { Program } from './program.js';
import { encodeProgram } from './record.js';
import { Runtime } from './runtime.js';
import { checkInputs } from './session.js';
import type { Tensor } from './tensor.js';
import { numbered, packTensors, unpackTensors } from './tensor-parcel.js';

/** How a trace is made. Traces are always un-optimised; backend and threads belong to the profile. */
export interface TraceOptions extends Omit<EngineOptions, 'optimised'> {
  /** process to run in; without one a process is started for this call */
  readonly runtime?: Runtime;
  /** committed outputs (row-major), when they are not the trace's own */
  readonly outputs?: readonly Tensor[];
  /** bytes of VALUEs that the process holds at once; default 64 MiB */
  readonly segmentBytes?: number;
  /** time limit of the call in milliseconds; default that of the runtime and what the program's size allows */
  readonly timeoutMs?: number;
}

/**
 * Runs every node un-optimised and writes a bundle: DIR/program.bin, DIR/{input,weight,value,output}/<i>.bin in the tensors'
 * layouts, DIR/roots.json last. Streams: memory holds one segment and what later segments read.
 *
 * @param weights bytes in layout
 * @param inputs row-major, in the program's order
 * @returns data roots of all tensors; `traceRoot(roots.value)` is what a worker commits to
 * @throws OnnxError INPUT_MISMATCH, RUNTIME_*
 */
export async function trace(
  program: Program,
  weights: readonly Uint8Array[],
  inputs: readonly Tensor[],
  dir: string,
  options: TraceOptions = {},
): Promise<BundleRoots> {
  return call(program, weights, inputs, options, dir);
}

/** Data roots of all VALUEs, without writing anything: to compare with the roots of a worker's trace. */
export async function valueRoots(
  program: Program,
  weights: readonly Uint8Array[],
  inputs: readonly Tensor[],
  options: Omit<TraceOptions, 'outputs'> = {},
): Promise<readonly Uint8Array[]> {
  return (await call(program, weights, inputs, options)).value;
}

async function call(
  program: Program,
  weights: readonly Uint8Array[],
  inputs: readonly Tensor[],
  options: TraceOptions,
  dir?: string,
): Promise<BundleRoots> {
  checkInputs(program, inputs);
  const { backend = 'ort-node', threads = 1, segmentBytes, outputs, timeoutMs } = options;
  return within(options.runtime, async (runtime) =>
    runtime.call(
      'trace',
      {
        record: encodeProgram(program),
        weights: await pack(runtime.scratch, weights),
        inputs: await packTensors(runtime.scratch, numbered(inputs)),
        engine: { backend, threads },
        ...(dir !== undefined && { dir }),
        ...(outputs !== undefined && { outputs: await packTensors(runtime.scratch, numbered(outputs)) }),
        ...(segmentBytes !== undefined && { segmentBytes }),
      },
      timeoutMs ?? runtime.timeoutMs + runAllowanceMs(program),
    ),
  );
}

/**
 * Runs nodes [from, to) un-optimised on known VALUEs and returns every VALUE that they define, row-major. One node alone
 * (`from + 1 === to`) gives the bits it has in the whole program: weights stay initializers, feeds are aligned.
 *
 * @param known VALUEs defined before `from` that the range reads, row-major
 * @throws OnnxError INPUT_MISMATCH, RUNTIME_*
 */
export async function runNodes(
  program: Program,
  weights: readonly Uint8Array[],
  inputs: readonly Tensor[],
  known: ReadonlyMap<number, Tensor>,
  from: number,
  to: number,
  options: Omit<TraceOptions, 'outputs' | 'segmentBytes'> = {},
): Promise<Map<number, Tensor>> {
  checkInputs(program, inputs);
  if (!(from >= 0 && from < to && to <= program.nodes.length)) refuse('INPUT_MISMATCH', `nodes ${from} to ${to} of ${program.nodes.length}`);
  const { backend = 'ort-node', threads = 1, timeoutMs } = options;
  return within(options.runtime, async (runtime) => {
    const results = await runtime.call(
      'segment',
      {
        record: encodeProgram(program),
        weights: await pack(runtime.scratch, weights),
        inputs: await packTensors(runtime.scratch, numbered(inputs)),
        known: await packTensors(runtime.scratch, new Map([...known].map(([v, t]) => [String(v), t]))),
        from,
        to,
        engine: { backend, threads },
      },
      timeoutMs ?? runtime.timeoutMs + runAllowanceMs(program),
    );
    return new Map([...(await unpackTensors(results))].map(([v, t]) => [Number(v), t]));
  });
}

/** Uses the given runtime, or one that lives as long as the action. */
export async function within<T>(given: Runtime | undefined, action: (runtime: Runtime) => Promise<T>): Promise<T> {
  const runtime = given ?? new Runtime();
  try {
    return await action(runtime);
  } finally {
    if (given === undefined) await runtime.close();
  }
}
