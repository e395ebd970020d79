// How far may an output move although no element can be convicted? A worker spends every bound of every Conv, MatMul and
// Gemm, 98 % of it, and computes the rest honestly. The directions tried give lower bounds of the slack: all up,
// all down, random signs, and greedily the best of several for each node, an estimate of the gradient's signs among them.
import { fileURLToPath } from 'node:url';
import { readLines } from '../devnet/acts/publish.js';
import { float32, floats, KIND, Runtime, runNodes, type Prepared, type Program, type ProgramNode, type Tensor } from '../src/onnx/index.js';
import { prepareModel, type ModelName } from '../src/ocr/index.js';
import type { Bench } from './main.js';
import { random } from './tampering.js';

const SEED = 20265;
const U = 2 ** -24;
/** Share of a bound that is spent: the rest is for the runtime's own roundings, of the sum and of its bound. */
const SPENT = 0.98;
/** Random directions from whose responses the signs of a gradient are estimated. */
const PROBES = 4;
const CONTRACTIONS = new Set(['Conv', 'MatMul', 'Gemm']);
const next = random(SEED);

type Values = Map<number, Tensor>;
/** Signs of a node's elements. */
type Direction = Int8Array;

const upOrDown = (sign: 1 | -1) => (n: number): Direction => new Int8Array(n).fill(sign);
const randomly = (n: number): Direction => Int8Array.from({ length: n }, () => (next() < 0.5 ? -1 : 1));

/** A program on one input, with the bounds of its contractions. */
class Spender {
  readonly contractions: readonly number[];
  readonly #absolute: readonly Uint8Array[];
  /** the VALUE that is looked at: logits where the program ends with a Softmax, whose results saturate */
  readonly #watched: number;

  constructor(
    readonly program: Program,
    readonly weights: readonly Uint8Array[],
    readonly inputs: readonly Tensor[],
    readonly runtime: Runtime,
  ) {
    this.contractions = program.nodes.flatMap((n, i) => (CONTRACTIONS.has(n.op) ? [i] : []));
    const last = program.outputs[0]!.index;
    const end = program.nodes.find((n) => n.first === last)!;
    this.#watched = end.op === 'Softmax' && end.inputs[0]!.kind === KIND.value ? end.inputs[0]!.index : last;
    this.#absolute = weights.map((w, i) => (program.weights[i]!.dtype === 1 ? float32([], Float32Array.from(new Float32Array(w.slice().buffer), Math.abs)).data : w));
  }

  /** Runs nodes [from, to) on what is known and returns what is known then. */
  async run(known: Values, from: number, to: number): Promise<Values> {
    if (from >= to) return known;
    const read = new Set(this.program.nodes.slice(from, to).flatMap((n) => n.inputs.flatMap((o) => (o.kind === KIND.value ? [o.index] : []))));
    const needed = new Map([...known].filter(([v]) => read.has(v)));
    return new Map([...known, ...(await runNodes(this.program, this.weights, this.inputs, needed, from, to, { runtime: this.runtime }))]);
  }

  /** What may be added to each element of a contraction: the spent share of γ_n·(Σ|x·w| + |b|). */
  async bounds(known: Values, index: number): Promise<Float64Array> {
    const n = this.program.nodes[index]!;
    const absolute = (t: Tensor): Tensor => float32(t.dims, Float32Array.from(floats(t), Math.abs));
    const operands = new Map(n.inputs.flatMap((o) => (o.kind === KIND.value ? [[o.index, absolute(known.get(o.index)!)] as const] : [])));
    const sizes = await runNodes(this.program, this.#absolute, this.inputs.map(absolute), operands, index, index + 1, { runtime: this.runtime });
    const terms = termsOf(n);
    return Float64Array.from(floats(sizes.get(n.first)!), (size) => ((SPENT * terms * U) / (1 - terms * U)) * size);
  }

  /** A contraction's value moved by its bounds in a direction. */
  moved(known: Values, index: number, bounds: Float64Array, direction: Direction): Values {
    const v = this.program.nodes[index]!.first;
    const before = known.get(v)!;
    return new Map(known).set(v, float32(before.dims, Float32Array.from(floats(before), (y, i) => y + direction[i]! * bounds[i]!)));
  }

  /** Spends all bounds in the directions that `choose` gives, and returns what is watched. */
  async spend(choose: (at: { known: Values; index: number; bounds: Float64Array }) => Promise<Direction> | Direction): Promise<Float32Array> {
    let known: Values = new Map();
    let from = 0;
    for (const index of this.contractions) {
      known = await this.run(known, from, index + 1);
      const bounds = await this.bounds(known, index);
      known = this.moved(known, index, bounds, await choose({ known, index, bounds }));
      from = index + 1;
    }
    return this.output(known, from);
  }

  /** What is watched at the end of an honest run from here on. */
  async output(known: Values, from: number): Promise<Float32Array> {
    return Float32Array.from(floats((await this.run(known, from, this.program.nodes.length)).get(this.#watched)!));
  }
}

/** Products of one element, and one for a bias. */
function termsOf(n: ProgramNode): number {
  const dims = n.inputs[1]!.type!.dims;
  const bias = n.inputs[2] !== undefined && n.inputs[2].kind !== KIND.none ? 1 : 0;
  if (n.op === 'Conv') return dims.slice(1).reduce((a, b) => a * b, 1) + bias;
  const transA = n.attributes.find((a) => a.name === 'transA')?.ints?.[0] === 1;
  const rows = n.inputs[0]!.type!.dims;
  return rows[rows.length - (transA ? 2 : 1)]! + bias;
}

const furthest = (a: Float32Array, b: Float32Array): number => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

/** Of every row of classes, how far the class that wins honestly lies above all others. */
function leads(output: Float32Array, honest: Float32Array, classes: number): number[] {
  const rows: number[] = [];
  for (let from = 0; from < honest.length; from += classes) {
    const order = Array.from({ length: classes }, (_, i) => from + i).sort((i, j) => honest[j]! - honest[i]!);
    rows.push(output[order[0]!]! - Math.max(...order.slice(1).map((i) => output[i]!)));
  }
  return rows;
}

/** Arguments: orientation, recognition; both without any. */
export const run: Bench = async (args) => {
  const runtime = new Runtime({ timeoutMs: 600_000 });
  const cache = fileURLToPath(new URL('../../build/models', import.meta.url));
  const rows: Record<string, unknown>[] = [];
  try {
    for (const name of ['orientation', 'recognition'] as const) {
      if (args.length > 0 && !args.includes(name)) continue;
      rows.push(await score(name, await prepareModel(name, { cache, runtime }), runtime));
      console.error(JSON.stringify(rows.at(-1)));
    }
  } finally {
    await runtime.close();
  }
  return { bench: 'slack', ok: rows.length > 0, seed: SEED, spent: SPENT, models: rows };
};

async function score(name: ModelName, { program, weights }: Prepared, runtime: Runtime): Promise<Record<string, unknown>> {
  const line = readLines(1)[0]!;
  const spender = new Spender(program, weights, [line[name]], runtime);
  const honest = await spender.output(new Map(), 0);
  const classes = program.outputs[0]!.type!.dims.at(-1)!;
  const before = leads(honest, honest, classes);
  const moved: Record<string, number> = {};
  let least = Math.min(...before);
  let flips = 0;
  const note = (direction: string, output: Float32Array): void => {
    moved[direction] = furthest(output, honest);
    console.error(`${name}, ${direction}: ${moved[direction]}`);
    const after = leads(output, honest, classes);
    least = Math.min(least, ...after);
    flips = Math.max(flips, after.filter((x) => x < 0).length);
  };
  note('up', await spender.spend(({ bounds }) => upOrDown(1)(bounds.length)));
  note('down', await spender.spend(({ bounds }) => upOrDown(-1)(bounds.length)));
  for (let i = 0; i < 3; i++) note(`random ${i + 1}`, await spender.spend(({ bounds }) => randomly(bounds.length)));
  if (name === 'orientation') note('greedy', await spender.spend((at) => greedy(spender, at, honest)));
  return { model: name, contractions: spender.contractions.length, outputs: honest.length, least_lead_before: Math.min(...before), least_lead_after: least, rows_flipped: flips, furthest: moved };
}

/** The direction, of several, that moves the honest winner of the first row down most when all later nodes are honest. */
async function greedy(spender: Spender, { known, index, bounds }: { known: Values; index: number; bounds: Float64Array }, honest: Float32Array): Promise<Direction> {
  const winner = honest.indexOf(Math.max(...honest));
  const reach = async (d: Direction): Promise<number> => (await spender.output(spender.moved(known, index, bounds, d), index + 1))[winner]!;
  const gradient = new Float64Array(bounds.length);
  for (let i = 0; i < PROBES; i++) {
    const d = randomly(bounds.length);
    const slope = (await reach(d)) - (await reach(d.map((x) => -x)));
    d.forEach((x, e) => (gradient[e]! += slope * x));
  }
  const candidates = [upOrDown(1)(bounds.length), upOrDown(-1)(bounds.length), Int8Array.from(gradient, (g) => (g > 0 ? -1 : 1))];
  const values: number[] = [];
  for (const d of candidates) values.push(await reach(d));
  return candidates[values.indexOf(Math.min(...values))]!;
}
