// What each tier catches of a whole model: every filter and matrix is substituted, the model runs, and its whole trace is judged
// against the committed weights, with the bound of any order of sums and with the certified one; tier B is drawn beside.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Runtime, tensorPath, trace } from '../src/onnx/index.js';
import { elementCount } from '../src/onnx/tensor.js';
import { uniform } from '../src/onnx/prepare/samples.js';
import { assaydPath, inBlocksOf, residual, scan, type ScanResult } from './assayd.js';
import type { Bench } from './main.js';
import { subjectOf, type Subject } from './subjects.js';
import { filtersOf, substituted, SUBSTITUTIONS } from './substitution.js';
import { BLOCK } from './summation.js';

const SEED = 20266;
const DRAWN = 512;
const MODELS = ['orientation', 'silero-v5', 'generation', 'alexa'];
const HONEST = 'the committed weights';

/** What a bound finds. Shares are of the elements of layers whose filter was substituted; nothing else can be a fault. */
interface Found {
  readonly beyond: number;
  /** layers with a fault */
  readonly layers: number;
  /** the first of them in the program's order */
  readonly first: string | undefined;
}

interface Row {
  readonly model: string;
  readonly weights: string;
  readonly layers: number;
  readonly elements: number;
  readonly n: Found;
  readonly n_eff: Found;
  readonly z_rms: number;
  readonly z_max: number;
  /** faults or undecided elements where every operand is as the worker committed it: never */
  readonly elsewhere: number;
}

/** Arguments: names of models; orientation, silero-v5, generation and alexa without any. */
export const run: Bench = async (args) => {
  assaydPath();
  const cache = fileURLToPath(new URL('../../build/models', import.meta.url));
  const scratch = await mkdtemp(join(tmpdir(), 'assay-downgrade-'));
  const runtime = new Runtime({ timeoutMs: 600_000 });
  const rows: Row[] = [];
  try {
    for (const name of args.length > 0 ? args : MODELS) {
      const subject = await subjectOf(name, runtime, cache);
      const random = uniform(SEED);
      const { prepared } = subject;
      rows.push(await measure(subject, HONEST, prepared.weights, join(scratch, 'trace'), runtime));
      for (const [what, substitution] of Object.entries(SUBSTITUTIONS))
        rows.push(await measure(subject, what, substituted(prepared, substitution, random), join(scratch, 'trace'), runtime));
    }
  } finally {
    await runtime.close();
    await rm(scratch, { recursive: true, force: true });
  }
  const honest = rows.filter((r) => r.weights === HONEST);
  return {
    bench: 'downgrade-models', seed: SEED, drawn: DRAWN, block: BLOCK,
    ok: honest.length > 0 && rows.every((r) => r.elsewhere === 0) && honest.every((r) => r.n.beyond === 0 && r.n_eff.beyond === 0),
    rows,
  };
};

/** Runs a model with other weights than it commits to, judges the trace and draws residuals; removes the bundle. */
async function measure({ name, prepared, inputs }: Subject, what: string, used: readonly Uint8Array[], dir: string, runtime: Runtime): Promise<Row> {
  const { program, weights } = prepared;
  await trace(program, used, inputs(0), dir, { runtime });
  for (const [i, data] of weights.entries()) if (data !== used[i]) await writeFile(tensorPath(dir, 'weight', i), data);
  const layers = new Set(filtersOf(program).flatMap((f) => f.nodes));
  const elements = [...layers].reduce((sum, i) => sum + elementCount(program.nodes[i]!.outputs[0]!.dims), 0);
  let elsewhere = 0;
  const found = (r: ScanResult): Found => {
    const caught = [...r.faultsByNode.keys()].sort((a, b) => a - b);
    const beyond = caught.reduce((sum, i) => sum + (layers.has(i) ? r.faultsByNode.get(i)! : 0), 0);
    elsewhere += r.faults - beyond + r.undecided;
    const first = caught[0];
    return { beyond: beyond / elements, layers: caught.length, first: first === undefined ? undefined : `${first} ${program.nodes[first]!.op}` };
  };
  const n = found(await scan(dir, { fast: true, commitments: inBlocksOf(0) }));
  const n_eff = found(await scan(dir, { fast: true, commitments: inBlocksOf(BLOCK) }));
  const z = await residual(dir, new Uint8Array(32).fill(7), DRAWN);
  await rm(dir, { recursive: true });
  const row: Row = { model: name, weights: what, layers: layers.size, elements, n, n_eff, z_rms: z.rms, z_max: z.max, elsewhere };
  console.error(JSON.stringify(row));
  return row;
}
