import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { tamperedActivation, tamperedOutput } from '../../devnet/cheats.js';
import { forge, honestValues, writeForged, type Execution } from '../../devnet/forge.js';
import type { TinyModel } from '../../devnet/tiny-model.js';
import { Job, type Profile } from '../../src/chain/generated/assay/compute/v1/compute.js';
import type { ProgramSummary } from '../../src/chain/generated/assay/registry/v1/registry.js';
import { inputRoot, outputRoot, traceRoot, weightsRoot, type BundleRoots, type Runtime, type Tensor } from '../../src/onnx/index.js';
import { commitmentsOf } from '../../src/chain/index.js';
import type { Accusation, Referee } from '../../validator/index.js';

/** One execution, honest or not: its roots as a worker commits to them, its bytes in a bundle. */
export interface Run {
  readonly dir: string;
  readonly roots: BundleRoots;
}

/** Every execution and every proof that the paths need: all jobs compute the same thing, so each is made once. */
export interface Runs {
  readonly honest: Run;
  readonly arithmetic: Run;
  readonly output: Run;
  readonly format: Run;
  /** honest but for a malformed chunk of the input */
  readonly badInput: Run;
  /** honest but for a malformed chunk of a weight */
  readonly badWeight: Run;
  readonly proofs: Readonly<Record<'arithmetic' | 'output' | 'format' | 'none' | 'badInput' | 'badWeight', Uint8Array>>;
}

/** Makes the executions with the real runtime and the proofs with the real referee. */
export async function makeRuns(
  model: TinyModel, summary: ProgramSummary, runtime: Runtime, referee: Referee, profiles: readonly Profile[], folder: string, seed: number,
): Promise<Runs> {
  const { program, weights } = model.prepared;
  const run: Execution = { program, weights, inputs: [model.input(seed)] };
  const values = await honestValues(run, runtime);
  const outputs = program.outputs.map((o) => values[o.index]!);
  const write = async (name: string, execution: Execution, v: readonly Tensor[], o: readonly Tensor[]): Promise<Run> => {
    const dir = join(folder, name);
    mkdirSync(dir, { recursive: true });
    return { dir, roots: await writeForged(execution, { values: v, outputs: o }, dir) };
  };
  const broken = (t: Tensor): Tensor => ({ ...t, data: withBadNaN(t.data) });

  const honest = await write('honest', run, values, outputs);
  const forgery = tamperedActivation(3)(run, values);
  const activation = await forge(run, values, forgery, runtime);
  const arithmetic = await write('arithmetic', run, activation.values, activation.outputs);
  const scheme = tamperedOutput(3)(run, values);
  const changed = await forge(run, values, scheme, runtime);
  const output = await write('output', run, changed.values, changed.outputs);
  const format = await write('format', run, values.with(1, broken(values[1]!)), outputs);
  const badInput = await write('bad-input', { ...run, inputs: [broken(run.inputs[0]!)] }, values, outputs);
  const badWeight = await write('bad-weight', { ...run, weights: weights.with(0, withBadNaN(weights[0]!)) }, values, outputs);

  const prove = async (r: Run, accusation: Accusation): Promise<Uint8Array> => (await referee.prove(r.dir, accusation, rootsOnChain(r, summary, profiles))).proof;
  const { fault: first } = await referee.scan(arithmetic.dir, program.nodes.map((_, i) => i), rootsOnChain(arithmetic, summary, profiles));
  if (first === undefined) throw new Error('the referee found no fault in the forged activation');
  const format0 = { kind: 'FORMAT', slot: 0, element: 0n } as const;
  return {
    honest, arithmetic, output, format, badInput, badWeight,
    proofs: {
      arithmetic: await prove(arithmetic, first),
      output: await prove(output, { kind: 'OUTPUT', node: 0, slot: 0, element: BigInt(scheme.element) }),
      format: await prove(format, { ...format0, node: 1, tensor: 'VALUE' }),
      none: await prove(honest, { kind: 'ARITHMETIC', node: 0, slot: 0, element: 0n }),
      badInput: await prove(badInput, { ...format0, node: 0, tensor: 'INPUT' }),
      badWeight: await prove(badWeight, { ...format0, node: 0, tensor: 'WEIGHT' }),
    },
  };
}

/** What the chain will hold of a job that commits to this run, for the referee. */
function rootsOnChain(run: Run, program: ProgramSummary, profiles: readonly Profile[]): ReturnType<typeof commitmentsOf> {
  const { input, weight, value, output } = run.roots;
  const job = Job.fromPartial({
    program, profile: 'ieee-fp32', weightsRoot: weightsRoot(weight), inputRoot: inputRoot(input), outputRoot: outputRoot(output), traceRoot: traceRoot(value),
    tolerance: { abs: '10000000000000', rel: '1000000000000000' },
  });
  return commitmentsOf(job, profiles);
}

/** The first float32 becomes a NaN that is not the canonical one: a malformed chunk. */
function withBadNaN(data: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(data);
  new DataView(copy.buffer).setUint32(0, 0x7fc0_0001, true);
  return copy;
}
