// What each tier catches: a layer of K inputs is computed from other weights than those committed, or not at all, and every
// element is judged by the chain's referee against the committed weights, with the bound of any order of sums and with the
// certified one; tier B's residual is drawn beside. Honest runs on every engine are the controls.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf, float32, floats, fromLayout, prepare, Runtime, tensorPath, toLayout, trace, type Prepared, type Tensor } from '../src/onnx/index.js';
import { uniform } from '../src/onnx/prepare/samples.js';
import { node, onnxFile } from '../src/onnx/testing.js';
import { assaydPath, inBlocksOf, residual, scan } from './assayd.js';
import type { Bench } from './main.js';
import { toBfloat16, toFloat16, toIntegers } from './rounded-weights.js';
import { BLOCK, ENGINES } from './summation.js';

const SEED = 20264;
const LENGTHS = [256, 1024, 4096, 16_384];
const ROWS = 16;
const COLUMNS = 64;
const DRAWN = 512;

/** What a dishonest worker multiplies by, given the committed K×N weights; undefined: it writes zeros and multiplies nothing. */
const CHEATS: Readonly<Record<string, (w: Float32Array, random: () => number) => Float32Array | undefined>> = {
  float16: (w) => toFloat16(w),
  bfloat16: (w) => toBfloat16(w),
  'int8, a scale a column': (w) => toIntegers(w, COLUMNS, 8),
  'int4, a scale for 32': (w) => toIntegers(w, COLUMNS, 4, 32),
  'a smaller model: half of the columns': (w) => w.map((x, i) => (i % COLUMNS < COLUMNS / 2 ? x : 0)),
  'a skipped layer: zeros beside its residual connection': () => undefined,
  // Adam's first step moves every weight by its learning rate
  'a stale model: one step of Adam at 1e-5 ago': (w, random) => w.map((x) => x + (random() < 0.5 ? -1e-5 : 1e-5)),
};

interface Row {
  readonly k: number;
  readonly weights: string;
  readonly elements: number;
  /** share of elements beyond the bound of any order, γ_K */
  readonly beyond_n: number;
  /** share beyond the bound of the certified order */
  readonly beyond_n_eff: number;
  readonly z_rms: number;
  readonly z_max: number;
  /** largest distance over the certified bound that is no fault */
  readonly worst_ratio: number;
}

/** Arguments: values of K; 256, 1024, 4096 and 16384 without any. */
export const run: Bench = async (args) => {
  assaydPath();
  const random = uniform(SEED);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const scratch = await mkdtemp(join(tmpdir(), 'assay-downgrade-'));
  const runtime = new Runtime({ timeoutMs: 600_000 });
  const rows: Row[] = [];
  try {
    for (const k of args.length > 0 ? args.map(Number) : LENGTHS) {
      const w = Float32Array.from({ length: k * COLUMNS }, () => normal() / Math.sqrt(k));
      const file = onnxFile({ nodes: [node('MatMul', 'x w', 'y')], inputs: { x: [ROWS, k] }, constants: { w: float32([k, COLUMNS], w) }, outputs: ['y'] });
      const prepared = await prepare(file, { runtime });
      const input = float32([ROWS, k], Float32Array.from({ length: ROWS * k }, normal));
      const dir = join(scratch, 'trace');
      for (const [name, options] of Object.entries(ENGINES)) {
        await trace(prepared.program, prepared.weights, [input], dir, { runtime, ...options });
        rows.push(await measure(dir, k, `honest, ${name}`));
      }
      const committed = floats(fromLayout(prepared.program.weights[0]!, prepared.weights[0]!));
      for (const [name, cheat] of Object.entries(CHEATS)) {
        const other = cheat(committed, random);
        await forge(prepared, other, input, dir, runtime);
        rows.push(await measure(dir, k, name));
      }
    }
  } finally {
    await runtime.close();
    await rm(scratch, { recursive: true, force: true });
  }
  const honest = rows.filter((r) => r.weights.startsWith('honest'));
  const of = (name: string): Row[] => rows.filter((r) => r.weights === name);
  return {
    bench: 'downgrade', seed: SEED, rows_columns: [ROWS, COLUMNS], block: BLOCK,
    // no honest element beyond any bound, and the statistic tells every float16 run from every honest one
    ok: honest.length > 0 && honest.every((r) => r.beyond_n_eff === 0 && r.beyond_n === 0) && Math.min(...of('float16').map((r) => r.z_rms)) > 10 * Math.max(...honest.map((r) => r.z_rms)),
    rows,
  };
};

/** Writes the bundle of a worker that commits to the model's weights and computes with others. */
async function forge({ program, weights }: Prepared, other: Float32Array | undefined, input: Tensor, dir: string, runtime: Runtime): Promise<void> {
  const wrong = toLayout(program.weights[0]!, bytesOf(other ?? new Float32Array(weights[0]!.length / 4)));
  await trace(program, [wrong], [input], dir, { runtime });
  await writeFile(tensorPath(dir, 'weight', 0), weights[0]!);
}

/** Judges the one node of a bundle under both bounds and draws its residuals; removes the bundle. */
async function measure(dir: string, k: number, name: string): Promise<Row> {
  const loose = await scan(dir, { commitments: inBlocksOf(0) });
  const tight = await scan(dir, { commitments: inBlocksOf(BLOCK) });
  const z = await residual(dir, new Uint8Array(32).fill(7), DRAWN);
  await rm(dir, { recursive: true });
  const row: Row = {
    k, weights: name, elements: tight.elements, beyond_n: loose.faults / loose.elements, beyond_n_eff: tight.faults / tight.elements,
    z_rms: z.rms, z_max: z.max, worst_ratio: Math.max(...Object.values(tight.worstRatio)),
  };
  console.error(JSON.stringify(row));
  return row;
}
