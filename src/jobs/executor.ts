import type { Execution } from '../chain/generated/assay/compute/v1/compute.js';
import {
  describeRuntime, DTYPE, inputsFromBytes, Runtime, Session, tensorOf, trace, valueRoots,
  type BundleRoots, type EngineOptions, type Program, type RuntimeOptions, type Tensor,
} from '../onnx/index.js';
import { checkProfile } from './certified.js';
import type { Materials } from './materials.js';

/** Runs jobs: what a worker serves with and a verifier checks with. */
export interface Executor {
  /** what a worker declares in CommitResult */
  readonly execution: Execution;
  /** Bytes of the outputs, row-major, NaNs canonical. */
  run(materials: Materials): Promise<readonly Uint8Array[]>;
  /**
   * Runs un-optimised and writes every VALUE to a bundle directory.
   *
   * @param outputs what was committed, written beside the values; absent: the trace's own
   */
  trace(materials: Materials, dir: string, outputs?: readonly Uint8Array[]): Promise<BundleRoots>;
  /** Data roots of every VALUE, nothing written. */
  valueRoots(materials: Materials): Promise<readonly Uint8Array[]>;
  close(): Promise<void>;
}

/** Options of {@link createExecutor}. */
export interface ExecutorOptions extends EngineOptions, RuntimeOptions {
  /** name of the profile on chain, declared with results */
  readonly profile: string;
}

const SESSIONS_KEPT = 2;

const FLOATS: readonly number[] = [DTYPE.float32, DTYPE.float16, DTYPE.bfloat16];

/**
 * Executes in a child process with limits; keeps the sessions of the last programs loaded.
 *
 * @throws AssayError PROFILE_RUNTIME when the profile is certified for another runtime than this one
 */
export async function createExecutor(options: ExecutorOptions): Promise<Executor> {
  const { profile, memoryMiB, timeoutMs, nativeModule, backend = 'ort-node', threads = 1, optimised = false } = options;
  const description = await describeRuntime({ backend, threads });
  checkProfile(profile, description);
  const runtime = new Runtime({ ...(memoryMiB && { memoryMiB }), ...(timeoutMs && { timeoutMs }), ...(nativeModule && { nativeModule }) });
  const sessions = new Map<Materials['weights'], Promise<Session>>();
  // An integer output has no tolerance: the optimiser's last bit could turn an index, and the trace would convict.
  const engineOf = ({ outputs }: Program): EngineOptions => ({ backend, threads, optimised: optimised && outputs.every((o) => FLOATS.includes(o.type!.dtype)) });

  // Keyed by the very list of weights: the loader hands the same one out for the same model.
  const sessionOf = async (materials: Materials): Promise<Session> => {
    const kept = sessions.get(materials.weights) ?? Session.open(materials.program, materials.weights, { ...engineOf(materials.program), runtime });
    kept.catch(() => sessions.delete(materials.weights));
    sessions.delete(materials.weights);
    sessions.set(materials.weights, kept);
    for (const [key, old] of [...sessions].slice(0, -SESSIONS_KEPT)) {
      sessions.delete(key);
      await old.then((s) => s.close(), () => {});
    }
    return kept;
  };

  return {
    execution: { profile, ...description },
    async run(materials) {
      const session = await sessionOf(materials);
      return (await session.run(inputsFromBytes(materials.program, materials.inputs))).map((t) => t.data);
    },
    trace: (materials, dir, outputs) =>
      trace(materials.program, materials.weights, inputsFromBytes(materials.program, materials.inputs), dir, {
        runtime,
        backend,
        threads,
        ...(outputs && { outputs: outputTensors(materials, outputs) }),
      }),
    valueRoots: (materials) =>
      valueRoots(materials.program, materials.weights, inputsFromBytes(materials.program, materials.inputs), { runtime, backend, threads }),
    async close() {
      for (const session of sessions.values()) await session.then((s) => s.close(), () => {});
      await runtime.close();
    },
  };
}

/** Output bytes as tensors of the program's types. @throws OnnxError TENSOR_SIZE */
export function outputTensors(materials: Materials, outputs: readonly Uint8Array[]): Tensor[] {
  return materials.program.outputs.map((o, i) => tensorOf(o.type!, outputs[i] ?? new Uint8Array()));
}
