// Quantised models on real runtimes: every form of every quantised operator, and a small network of them, traced by every
// configuration, every element judged by the chain's referee: 0 faults, 0 undecided, every moved element caught.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf, DTYPE, dtypeName, elementCount, float32, OnnxError, prepare, Runtime, trace, type Tensor } from '../src/onnx/index.js';
import { node, onnxFile, type SmallModel } from '../src/onnx/testing.js';
import { uniform } from '../src/onnx/prepare/samples.js';
import { assaydPath, scan } from './assayd.js';
import { CONFIGURATIONS } from './completeness.js';
import type { Bench } from './main.js';
import { packageOf } from './packages.js';

const SEED = 8;
const random = uniform(SEED);
const { uint8, int8 } = DTYPE;
const integers = (dtype: number, dims: readonly number[], of = (): number => Math.floor(256 * random())): Tensor => ({ dtype, dims, data: Uint8Array.from({ length: elementCount(dims) }, of) });
const reals = (dims: readonly number[], of: (i: number) => number): Tensor => float32(dims, Array.from({ length: elementCount(dims) }, (_, i) => of(i)));
const scale = (value: number): Tensor => float32([], [value]);
const scales = (n: number): Tensor => reals([n], () => 0.002 + 0.01 * random());
const bias = (n: number): Tensor => ({ dtype: DTYPE.int32, dims: [n], data: bytesOf(Int32Array.from({ length: n }, () => 20_000 * (random() - 0.5))) });

interface Case extends SmallModel {
  readonly name: string;
  readonly input: Tensor;
}

function caseOf(name: string, input: Tensor, nodes: SmallModel['nodes'], constants: Readonly<Record<string, Tensor>>): Case {
  return { name, input, nodes, constants, inputs: { x: { dtype: input.dtype, dims: input.dims } }, outputs: ['y'] };
}

const pads = { pads: { ints: [1, 1, 1, 1] } };
const PARAMETERS = 'xs xz w ws wz ys yz';

/** Integer contractions and requantised ones of two dtypes, zero points and scales for each column or channel. */
function contractions(a: number, b: number): Case[] {
  const zeros = { xz: integers(a, []), yz: integers(a, []), xs: scale(0.02), ys: scale(0.4) };
  const image = (): Tensor => integers(a, [1, 8, 9, 9]);
  const matrix = (): Tensor => integers(a, [2, 9, 67]);
  const by = `${dtypeName(a)} by ${dtypeName(b)}`;
  return [
    caseOf(`ConvInteger ${by}`, image(), [node('ConvInteger', 'x w xz wz', 'y', pads)], { ...zeros, w: integers(b, [16, 8, 3, 3]), wz: integers(b, []) }),
    caseOf(`MatMulInteger ${by}`, matrix(), [node('MatMulInteger', 'x w xz wz', 'y')], { ...zeros, w: integers(b, [67, 35]), wz: integers(b, [35]) }),
    ...(a === int8 && b === uint8
      ? [] // no kernel
      : [
          caseOf(`QLinearConv ${by}`, image(), [node('QLinearConv', `x ${PARAMETERS} b`, 'y', pads)], { ...zeros, w: integers(b, [16, 8, 3, 3]), ws: scales(16), wz: integers(b, []), b: bias(16) }),
          caseOf(`QLinearConv ${by}, depthwise`, image(), [node('QLinearConv', `x ${PARAMETERS}`, 'y', { ...pads, group: { i: 8 } })], { ...zeros, w: integers(b, [8, 1, 3, 3]), ws: scales(8), wz: integers(b, [], () => 0) }),
          caseOf(`QLinearMatMul ${by}`, matrix(), [node('QLinearMatMul', `x ${PARAMETERS}`, 'y')], { ...zeros, w: integers(b, [67, 35]), ws: scales(35), wz: integers(b, [35]) }),
          caseOf(`QLinearMatMul ${by}, ties`, integers(a, [64, 4]), [node('QLinearMatMul', `x ${PARAMETERS}`, 'y')], { ...zeros, xs: scale(0.5), ys: scale(1), w: integers(b, [4, 8], () => Math.floor(5 * random())), ws: scale(0.25), wz: integers(b, [], () => 0) }),
        ]),
  ];
}

/** A small network of the shape of a quantised MobileNet: depthwise and pointwise convolutions, a pool, a classifier. */
function network(): Case {
  const constants: Record<string, Tensor> = { s: scale(0.02), z: integers(uint8, [], () => 114), u: scale(0.2), v: integers(uint8, [], () => 100) };
  const nodes = [node('QuantizeLinear', 'x s z', 'q')];
  const add = (from: string, to: string, channels: number, depth: number, kernel: number, stride: number, group: number): void => {
    Object.assign(constants, { [`w${to}`]: integers(int8, [channels, depth, kernel, kernel]), [`t${to}`]: scales(channels), [`i${to}`]: integers(int8, [channels], () => 0), [`b${to}`]: bias(channels) });
    const pad = (kernel - 1) / 2;
    nodes.push(node('QLinearConv', `${from} s z w${to} t${to} i${to} u v b${to}`, to, { pads: { ints: [pad, pad, pad, pad] }, strides: { ints: [stride, stride] }, group: { i: group } }));
  };
  add('q', 'a', 16, 3, 3, 2, 1);
  add('a', 'b', 16, 1, 3, 1, 16);
  add('b', 'c', 32, 16, 1, 1, 1);
  add('c', 'd', 32, 1, 3, 2, 32);
  nodes.push(node('MaxPool', 'd', 'p', { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }), node('DequantizeLinear', 'p u v', 'f'));
  nodes.push(node('GlobalAveragePool', 'f', 'g'), node('Flatten', 'g', 'h'), node('DynamicQuantizeLinear', 'h', 'k ks kz'), node('MatMulInteger', 'k m kz', 'l'));
  nodes.push(node('Cast', 'l', 'n', { to: { i: DTYPE.float32 } }), node('Mul', 'n ks', 'y'));
  constants['m'] = integers(int8, [32, 10]);
  return caseOf('a network', reals([1, 3, 48, 48], () => 4 * random() - 2), nodes, constants);
}

function cases(): Case[] {
  const wide = reals([3, 5, 70], (i) => [0, -0, 1e-40, 1e30, -1e30, 0.005, 0.015, -0.025][i % 9] ?? 4 * random() - 2);
  return [
    ...[uint8, int8].flatMap((a) => [uint8, int8].flatMap((b) => contractions(a, b))),
    caseOf('QuantizeLinear', wide, [node('QuantizeLinear', 'x s z', 'y')], { s: scale(0.01), z: integers(int8, []) }),
    caseOf('QuantizeLinear, ties', reals([511], (i) => (i - 255) / 4), [node('QuantizeLinear', 'x s', 'y')], { s: scale(0.5) }),
    caseOf('QuantizeLinear along an axis', wide, [node('QuantizeLinear', 'x s z', 'y')], { s: scales(5), z: integers(uint8, [5]) }),
    caseOf('DequantizeLinear along an axis', integers(int8, [3, 5, 70]), [node('DequantizeLinear', 'x s z', 'y')], { s: scales(5), z: integers(int8, [5]) }),
    caseOf('DequantizeLinear of int32', bias(500), [node('DequantizeLinear', 'x s', 'y')], { s: scale(0.013) }),
    caseOf('DynamicQuantizeLinear', reals([4, 100, 210], () => 3 * random() - 1), [node('DynamicQuantizeLinear', 'x', 'q s z'), node('DequantizeLinear', 'q s z', 'y')], {}),
    network(),
  ];
}

/** Arguments: beginnings of names of cases to run; all of them without any. */
export const run: Bench = async (args) => {
  assaydPath();
  const dir = await mkdtemp(join(tmpdir(), 'assay-quantised-'));
  const own = new Runtime({ timeoutMs: 600_000 });
  const runtimes = await Promise.all(
    CONFIGURATIONS.map(async ({ release }) => (release === undefined ? own : new Runtime({ timeoutMs: 600_000, nativeModule: await packageOf('onnxruntime-node', release) }))),
  );
  const worst: Record<string, number> = {};
  const lacking: string[] = [];
  const total = { elements: 0, faults: 0, undecided: 0, moved: 0, caught: 0 };
  try {
    for (const c of cases().filter(({ name }) => args.length === 0 || args.some((a) => name.startsWith(a)))) {
      const { program, weights } = await prepare(onnxFile(c), { runtime: own, samples: [[c.input]] });
      for (const [i, { name, backend, threads, release }] of CONFIGURATIONS.entries()) {
        try {
          await trace(program, weights, [c.input], dir, { runtime: runtimes[i], backend, threads });
        } catch (error) {
          if (release === undefined || !(error instanceof OnnxError) || error.code !== 'RUNTIME_FAILED') throw error;
          lacking.push(`${c.name}, ${name}`); // an older release without the kernel
          continue;
        }
        const result = await scan(dir);
        await rm(dir, { recursive: true });
        total.elements += result.elements;
        total.faults += result.faults;
        total.undecided += result.undecided;
        total.moved += result.moved;
        total.caught += result.movedCaught;
        for (const [op, ratio] of Object.entries(result.worstRatio)) worst[op] = Math.max(worst[op] ?? 0, ratio);
        if (result.faults > 0) console.error(`${c.name}, ${name}: ${JSON.stringify(result)}`);
      }
      console.error(`${c.name}: ${total.elements} elements, ${total.faults} faults`);
    }
  } finally {
    await Promise.all([...new Set(runtimes)].map((r) => r.close()));
    await rm(dir, { recursive: true, force: true });
  }
  const ok = total.elements > 0 && total.faults === 0 && total.undecided === 0 && total.moved === total.caught;
  return { bench: 'quantised', ok, seed: SEED, ...total, lacking, worst_ratio: Object.fromEntries(Object.entries(worst).sort(([a], [b]) => (a < b ? -1 : 1))) };
};
