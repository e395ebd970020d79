// Normalisations and functions on real runtimes: one small model each, traced by every configuration on ordinary and on
// adversarial inputs, every element judged by the chain's referee. 0 faults anywhere, 0 undecided on ordinary inputs.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32, prepare, Runtime, trace, type Tensor } from '../src/onnx/index.js';
import { node, onnxFile } from '../src/onnx/testing.js';
import { uniform } from '../src/onnx/prepare/samples.js';
import { assaydPath, scan } from './assayd.js';
import { CONFIGURATIONS } from './completeness.js';
import type { Bench } from './main.js';
import { packageOf } from './packages.js';

const SEED = 20261;
const random = uniform(SEED);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const fill = (dims: readonly number[], of: (i: number) => number): Tensor => float32(dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => of(i)));

/** Inputs of rows: what real models see, and what breaks one-pass variances, exponentials and tails. */
const INPUTS: Readonly<Record<string, (i: number) => number>> = {
  ordinary: normal,
  wide: () => 30 * normal(),
  offset: () => 1000 + normal(),
  tiny: () => 1e-4 * normal(),
  large: () => 1e4 * normal(),
  constant: () => 0.1,
  outliers: (i) => (i % 97 === 0 ? 500 : normal()),
  sweep: () => Math.sign(normal()) * Math.exp(40 * random() - 30),
  odd: (index) => [0, -0, 1e-40, -1e-40, 88.8, -88.8, 1e4, -1e4, 17.3, -17.3, 1, -1][index % 12]!,
};

interface Model {
  readonly name: string;
  readonly op: string;
  readonly dims: readonly number[];
  readonly opset?: number;
  readonly attributes?: Parameters<typeof node>[3];
  readonly weights?: readonly (readonly number[])[];
}

const rows = [24, 768];
const MODELS: readonly Model[] = [
  { name: 'LayerNormalization', op: 'LayerNormalization', dims: rows, weights: [[768], [768]] },
  { name: 'LayerNormalization 4096, no bias', op: 'LayerNormalization', dims: [4, 4096], weights: [[4096]] },
  { name: 'LayerNormalization over two axes', op: 'LayerNormalization', dims: [2, 12, 96], attributes: { axis: { i: 1 } }, weights: [[12, 96], [12, 96]] },
  { name: 'InstanceNormalization', op: 'InstanceNormalization', dims: [1, 8, 40, 48], weights: [[8], [8]] },
  { name: 'GroupNormalization', op: 'GroupNormalization', dims: [1, 8, 20, 24], opset: 21, attributes: { num_groups: { i: 2 } }, weights: [[8], [8]] },
  { name: 'RMSNormalization', op: 'RMSNormalization', dims: rows, opset: 23, weights: [[768]] },
  { name: 'MeanVarianceNormalization', op: 'MeanVarianceNormalization', dims: [2, 3, 20, 24] },
  { name: 'LpNormalization', op: 'LpNormalization', dims: rows },
  { name: 'LRN', op: 'LRN', dims: [1, 16, 12, 12], attributes: { size: { i: 5 } } },
  { name: 'LogSoftmax', op: 'LogSoftmax', dims: rows },
  { name: 'LogSoftmax, inner axis', op: 'LogSoftmax', dims: [3, 50, 40], attributes: { axis: { i: 1 } } },
  { name: 'Softmax', op: 'Softmax', dims: rows },
  { name: 'Gelu', op: 'Gelu', dims: [3, 4001], opset: 20 },
  { name: 'Gelu tanh', op: 'Gelu', dims: [3, 4001], opset: 20, attributes: { approximate: { s: 'tanh' } } },
  ...['Softplus', 'Elu', 'Selu', 'Celu', 'Softsign', 'ThresholdedRelu', 'Mish'].map((op) => ({ name: op, op, dims: [3, 4001] })),
  { name: 'Hardmax', op: 'Hardmax', dims: rows },
];

/** Arguments: names of operators to run; all of them without any. */
export const run: Bench = async (args) => {
  assaydPath();
  const dir = await mkdtemp(join(tmpdir(), 'assay-functions-'));
  const runtime = new Runtime({ timeoutMs: 600_000 });
  const configurations = await Promise.all(
    CONFIGURATIONS.map(async (c) => ({ ...c, runtime: c.release === undefined ? runtime : new Runtime({ timeoutMs: 600_000, nativeModule: await packageOf('onnxruntime-node', c.release) }) })),
  );
  const worst: Record<string, number> = {};
  const undecided: Record<string, number> = {};
  const total = { elements: 0, faults: 0, ordinaryUndecided: 0, moved: 0, caught: 0 };
  try {
    for (const model of MODELS.filter((m) => args.length === 0 || args.includes(m.op))) {
      const weights = Object.fromEntries((model.weights ?? []).map((dims, i) => [`w${i}`, fill(dims, normal)]));
      const file = onnxFile(
        { nodes: [node(model.op, ['x', ...Object.keys(weights)].join(' '), 'y', model.attributes)], inputs: { x: model.dims }, outputs: ['y'], constants: weights },
        model.opset ?? 18,
      );
      const prepared = await prepare(file, { runtime });
      for (const [kind, of] of Object.entries(INPUTS)) {
        const input = fill(model.dims, of);
        for (const { name, backend, threads, runtime: own } of configurations) {
          await trace(prepared.program, prepared.weights, [input], dir, { runtime: own, backend, threads });
          const result = await scan(dir);
          await rm(dir, { recursive: true });
          total.elements += result.elements;
          total.faults += result.faults;
          total.moved += result.moved;
          total.caught += result.movedCaught;
          if (kind === 'ordinary') total.ordinaryUndecided += result.undecided;
          if (result.undecided > 0) undecided[`${model.name}, ${kind}`] = Math.max(undecided[`${model.name}, ${kind}`] ?? 0, result.undecided / result.elements);
          for (const [op, ratio] of Object.entries(result.worstRatio)) worst[op] = Math.max(worst[op] ?? 0, ratio);
          if (result.faults > 0) console.error(`${model.name} on ${kind}, ${name}: ${JSON.stringify(result)}`);
        }
      }
      console.error(`${model.name}: ${JSON.stringify(worst)}`);
    }
  } finally {
    await Promise.all([...new Set(configurations.map((c) => c.runtime))].map((r) => r.close()));
    await rm(dir, { recursive: true, force: true });
  }
  return {
    bench: 'functions',
    ok: total.elements > 0 && total.faults === 0 && total.ordinaryUndecided === 0 && total.moved === total.caught,
    seed: SEED,
    ...total,
    undecided_share: undecided,
    worst_ratio: Object.fromEntries(Object.entries(worst).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
};
