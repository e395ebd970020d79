import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readLines } from '../devnet/acts/publish.js';
import { forge, honestValues } from '../devnet/forge.js';
import { walkHidden, wholeTensorChunks } from '../devnet/hidden-worker.js';
import { noise } from '../devnet/tiny-model.js';
import { DTYPE, KIND, Runtime, runNodes, valueTypes } from '../src/onnx/index.js';
import { prepareModel, type ModelName } from '../src/ocr/index.js';
import { producerOf } from '../validator/demand.js';
import { createReferee } from '../validator/index.js';
import { hopsOf } from '../validator/walk.js';
import { assaydPath } from './assayd.js';
import type { BenchResult } from './main.js';

interface Trial {
  readonly node: number;
  readonly op: string;
  readonly found: boolean;
  readonly demands: number;
  readonly chunks: number;
  readonly whole_demands: number;
  readonly whole_chunks: number;
}

/**
 * What it costs to convict a cheat that serves nothing off chain: one activation of a drawn node is multiplied, and the walk
 * by demands is counted beside one that demands whole tensors. The verifier's own trace comes from the same runtime, or with
 * --other from WebAssembly, whose every number may differ by roundings.
 *
 * Arguments: --model orientation|recognition (default orientation), --trials N (default 10), --seed S (default 1), --other.
 */
export async function run(args: readonly string[]): Promise<BenchResult> {
  const { values: o } = parseArgs({
    args: [...args],
    options: { model: { type: 'string', default: 'orientation' }, trials: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' }, other: { type: 'boolean', default: false } },
  });
  const model = o.model as ModelName;
  const dir = mkdtempSync(join(tmpdir(), 'assay-walk-'));
  const runtime = new Runtime();
  try {
    const { program, weights } = await prepareModel(model, { cache: 'build/models', runtime });
    const exec = { program, weights, inputs: [readLines(1)[0]![model]] };
    const honest = await honestValues(exec, runtime);
    const own = o.other ? await otherValues(exec, runtime) : honest;
    const referee = await createReferee(assaydPath());
    const types = valueTypes(program);
    const draw = noise(Number(o.seed), 2 * Number(o.trials));
    const trials: Trial[] = [];
    for (let trial = 0; trial < Number(o.trials); trial++) {
      const pick = (of: number, k: number): number => Math.floor(((draw[2 * trial + k]! + 1) / 2) * of);
      const arithmetic = types.flatMap((t, v) => (t.dtype === DTYPE.float32 && program.nodes[producerOf(program, v)]!.inputs.some((i) => i.kind === KIND.weight) ? [v] : []));
      const index = arithmetic[pick(arithmetic.length, 0)]!;
      const data = new Float32Array(Uint8Array.from(honest[index]!.data).buffer);
      const element = data.reduce((best, x, i) => (Math.abs(x) > Math.abs(data[best]!) ? i : best), pick(data.length, 1));
      const forged = await forge(exec, honest, { kind: 'activation', index, element, factor: 3 }, runtime);
      const wrong = producerOf(program, index);
      if (!forged.moved) continue;
      const walked = await walkHidden({ run: exec, own, forged, dir: join(dir, `${trial}`), assayd: assaydPath(), referee, hops: hopsOf(program.nodes.length, 16n) });
      const whole = wholeTensorChunks(exec, own, forged, wrong);
      const found = walked.end.kind === 'fault' && walked.end.fault.accusation.node === wrong;
      trials.push({ node: wrong, op: program.nodes[wrong]!.op, found, demands: walked.demands, chunks: walked.chunks, whole_demands: whole.demands, whole_chunks: whole.chunks });
      console.error(JSON.stringify(trials.at(-1)));
      rmSync(join(dir, `${trial}`), { recursive: true, force: true });
    }
    const sum = (key: 'demands' | 'chunks' | 'whole_demands' | 'whole_chunks'): number => trials.reduce((s, t) => s + t[key], 0);
    return {
      bench: 'walk', ok: trials.every((t) => t.found), model, other_runtime: o.other, seed: Number(o.seed), trials: trials.length, found: trials.filter((t) => t.found).length,
      demands: sum('demands'), kib: sum('chunks'), whole_tensor_demands: sum('whole_demands'), whole_tensor_kib: sum('whole_chunks'),
    };
  } finally {
    await runtime.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function otherValues({ program, weights, inputs }: Parameters<typeof honestValues>[0], runtime: Runtime): ReturnType<typeof honestValues> {
  const values = await runNodes(program, weights, inputs, new Map(), 0, program.nodes.length, { runtime, backend: 'ort-wasm' });
  return Array.from({ length: program.values }, (_, v) => values.get(v)!);
}
