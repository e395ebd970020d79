import type { Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import type { Executor, Materials } from '../src/jobs/index.js';
import { floats, inputsFromBytes, KIND, LAYOUT, type Program, type Runtime, type Tensor } from '../src/onnx/index.js';
import { forge, honestValues, rootsOfValues, writeForged, type Execution, type ForgedRun, type Forgery } from './forge.js';

// Cheating code: it lives in the devnet alone. A cheat is an honest worker daemon whose executor lies.

/** Chooses what to change, knowing the honest run. */
export type Scheme = (run: Execution, honest: readonly Tensor[]) => Forgery;

/**
 * An executor that changes one number and computes everything after it honestly; its trace agrees with what it committed.
 *
 * @param runtime child process of the forger's own runs
 */
export function forgingExecutor(own: Executor, runtime: Runtime, scheme: Scheme): Executor {
  // The last run is kept: a worker loads a job's materials anew for its trace, and a run of recognition takes seconds.
  let last: { readonly key: string; readonly made: Promise<{ run: Execution; forged: ForgedRun }> } | undefined;
  const forgedOf = (materials: Materials): Promise<{ run: Execution; forged: ForgedRun }> => {
    const key = [...materials.weightRoots, ...materials.inputRoots].map((root) => Buffer.from(root).toString('hex')).join();
    if (last?.key === key) return last.made;
    const made = (async () => {
      const { program, weights } = materials;
      const run = { program, weights, inputs: inputsFromBytes(program, materials.inputs) };
      const honest = await honestValues(run, runtime);
      return { run, forged: await forge(run, honest, scheme(run, honest), runtime) };
    })();
    last = { key, made };
    return made;
  };
  return {
    execution: own.execution,
    run: async (materials) => (await forgedOf(materials)).forged.outputs.map((t) => t.data),
    trace: async (materials, dir) => {
      const { run, forged } = await forgedOf(materials);
      return writeForged(run, forged, dir);
    },
    valueRoots: async (materials) => {
      const { run, forged } = await forgedOf(materials);
      return rootsOfValues(run.program, forged.values);
    },
    close: () => own.close(),
  };
}

/** Changes the weight of the last matrix product that contributes most to its result. */
export function tamperedWeight(factor: number): Scheme {
  return ({ program, weights }, honest) => {
    const node = program.nodes[lastContraction(program)]!;
    const { index, type } = node.inputs[1]!;
    const w = floatsOf(weights[index]!);
    const x = floats(honest[node.inputs[0]!.index]!);
    const rows = type!.dims[0]!;
    const columns = w.length / rows;
    // Which row of the matrix an element stands in, by the layout that the record states.
    const rowOf = (e: number): number => (type!.layout === LAYOUT.row ? Math.floor(e / columns) : e % rows);
    const influence = new Float32Array(rows);
    x.forEach((v, i) => (influence[i % rows]! += Math.abs(v)));
    return { kind: 'weight', index, element: largest(w.map((v, e) => v * influence[rowOf(e)]!)), factor };
  };
}

/** Changes the largest result of the last contraction. */
export function tamperedActivation(factor: number): Scheme {
  return ({ program }, honest) => {
    const index = program.nodes[lastContraction(program)]!.first;
    return { kind: 'activation', index, element: largest(floats(honest[index]!)), factor };
  };
}

/** Changes the largest element of the first output only; the trace stays honest and so convicts it of the difference. */
export function tamperedOutput(factor: number): Scheme {
  return ({ program }, honest) => ({
    kind: 'output',
    index: 0,
    element: largest(floats(honest[program.outputs[0]!.index]!)),
    factor,
  });
}

/** Accepts only the jobs that were put into the set: a cheat of the demo waits for its own. */
export function onlyJobs(ids: ReadonlySet<bigint>): (job: Job) => boolean {
  return (job) => ids.has(job.id);
}

function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

function lastContraction(program: Program): number {
  return program.nodes.findLastIndex((n) => n.op === 'MatMul' && n.inputs[1]?.kind === KIND.weight);
}

function largest(values: Float32Array): number {
  return values.reduce((best, v, i) => (Math.abs(v) > Math.abs(values[best]!) ? i : best), 0);
}
