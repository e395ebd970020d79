import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scanAll, type ScanResult } from '../../bench/assayd.js';
import { DTYPE, floats, KIND, OnnxError, toLayout, trace, valueTypes, type Runtime, type Tensor } from '../../src/onnx/index.js';
import { fromLayout } from '../../src/onnx/layout.js';
import type { PreparedCase } from './prepare-case.js';

/** Who computes a case beside its authors. */
export const BACKENDS = [
  { name: 'ort-node/1', backend: 'ort-node', threads: 1 },
  { name: 'ort-node/2', backend: 'ort-node', threads: 2 },
  { name: 'ort-wasm', backend: 'ort-wasm', threads: 1 },
] as const;

/** Tolerance of ONNX's own backend test, for outputs that several rounding nodes lead to. */
const RTOL = 1e-3;
const ATOL = 1e-7;

/** Cases whose expected outputs were themselves rounded, to four decimals: no exact referee can take those as results. */
const ROUNDED: ReadonlySet<string> = new Set(['test_averagepool_2d_ceil_last_window_starts_on_pad']);

/** What became of a case that ran. */
export interface Judgement {
  readonly name: string;
  readonly operators: readonly string[];
  /** `whole`: one node, the expected output judged on the case's own operands; `parts`: every node judged on its own, and the
   * expected output compared with the run's at the end */
  readonly how: 'whole' | 'parts';
  readonly carried: boolean;
  readonly bound: readonly string[];
  /** backends that ran it, and those that refused it with why */
  readonly backends: readonly string[];
  readonly refused: Readonly<Record<string, string>>;
  /** what is wrong, in words; empty when all is well */
  readonly failures: readonly string[];
  readonly counts: Counts;
}

/** Sums over all scans of a case. */
export interface Counts {
  elements: number;
  undecided: number;
  moved: number;
  notMoved: number;
  movedCaught: number;
  edges: number;
  insideAcquitted: number;
  beyondCaught: number;
}

/** No counts yet. */
export function noCounts(): Counts {
  return { elements: 0, undecided: 0, moved: 0, notMoved: 0, movedCaught: 0, edges: 0, insideAcquitted: 0, beyondCaught: 0 };
}

interface Open {
  readonly c: PreparedCase;
  readonly how: 'whole' | 'parts';
  readonly backends: string[];
  readonly refused: Record<string, string>;
  readonly failures: string[];
}

/** Runs cases on every backend and lets the referee judge all of them in one process. */
export async function judgeCases(cases: readonly PreparedCase[], runtime: Runtime, dir: string): Promise<Judgement[]> {
  const bundles: { dir: string; who: string; open: Open }[] = [];
  const opened: Open[] = [];
  for (const [i, c] of cases.entries()) {
    const how = c.prepared.program.nodes.length === 1 && !ROUNDED.has(c.name) ? 'whole' : 'parts';
    const open: Open = { c, how, backends: [], refused: {}, failures: [] };
    opened.push(open);
    for (const { name, backend, threads } of BACKENDS) {
      const at = join(dir, `${i}.${backend}.${threads}`);
      try {
        await trace(c.prepared.program, c.prepared.weights, c.inputs, at, { runtime, backend, threads });
        open.backends.push(name);
        bundles.push({ dir: at, who: name, open });
      } catch (error) {
        if (!(error instanceof OnnxError)) throw error;
        open.refused[name] = `${error.code}: ${error.message}`;
      }
    }
    const reference = join(dir, `${i}.ort-node.1`);
    if (!open.backends.includes('ort-node/1')) open.failures.push(`ort-node/1: ${open.refused['ort-node/1']}`);
    else if (how === 'parts') open.failures.push(...(await compare(c, reference)));
    else {
      const at = join(dir, `${i}.expected`);
      await writeExpected(c, reference, at);
      bundles.push({ dir: at, who: 'expected output', open });
    }
  }
  const results = bundles.length === 0 ? [] : await scanAll(bundles.map((b) => b.dir));
  const counts = new Map(opened.map((open) => [open, noCounts()]));
  bundles.forEach(({ who, open }, i) => open.failures.push(...examine(who, results[i]!, counts.get(open)!)));
  await rm(dir, { recursive: true, force: true });
  return opened.map((open) => ({
    name: open.c.name, operators: open.c.operators, how: open.how, carried: open.c.carried, bound: open.c.bound,
    backends: open.backends, refused: open.refused, failures: open.failures, counts: counts.get(open)!,
  }));
}

/** What is wrong with a scan. */
function examine(who: string, r: ScanResult | string, sum: Counts): string[] {
  if (typeof r === 'string') return [`${who}: ${r}`];
  sum.elements += r.elements;
  sum.undecided += r.undecided;
  sum.moved += r.moved;
  sum.notMoved += r.notMoved;
  sum.movedCaught += r.movedCaught;
  sum.edges += r.edges;
  sum.insideAcquitted += r.insideAcquitted;
  sum.beyondCaught += r.beyondCaught;
  const wrong: string[] = [];
  if (r.faults > 0) wrong.push(`${who}: ${r.faults} of ${r.elements} elements are faults, first ${JSON.stringify(r.firstFault)}`);
  if (r.malformed > 0) wrong.push(`${who}: ${r.malformed} malformed chunks`);
  if (r.movedCaught < r.moved) wrong.push(`${who}: ${r.moved - r.movedCaught} of ${r.moved} elements at twice their bound are acquitted`);
  if (r.beyondCaught < r.edges) wrong.push(`${who}: ${r.edges - r.beyondCaught} of ${r.edges} elements just beyond their bound are acquitted`);
  if (r.insideAcquitted < r.edges) wrong.push(`${who}: ${r.edges - r.insideAcquitted} of ${r.edges} elements just inside their bound are convicted`);
  return wrong;
}

/** The bundle of a run whose outputs are the expected ones. */
async function writeExpected({ prepared, expected }: PreparedCase, from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  await rm(join(to, 'roots.json'));
  const types = valueTypes(prepared.program);
  await mkdir(join(to, 'value'), { recursive: true });
  for (const [k, o] of prepared.program.outputs.entries()) await writeFile(join(to, 'value', `${o.index}.bin`), toLayout(types[o.index]!, expected[k]!.data));
}

/** Compares the outputs of a run with the expected ones as ONNX's backend test does; integers must be equal. */
async function compare({ prepared, expected }: PreparedCase, dir: string): Promise<string[]> {
  const types = valueTypes(prepared.program);
  const wrong: string[] = [];
  for (const [k, o] of prepared.program.outputs.entries()) {
    if (o.kind !== KIND.value) continue;
    const found = fromLayout(types[o.index]!, new Uint8Array(await readFile(join(dir, 'value', `${o.index}.bin`))));
    const at = firstDifferent(found, expected[k]!);
    if (at !== undefined) wrong.push(`output ${k}: ${at}`);
  }
  return wrong;
}

function firstDifferent(found: Tensor, expected: Tensor): string | undefined {
  if (found.dtype !== expected.dtype || found.dims.join() !== expected.dims.join())
    return `dtype ${found.dtype} [${found.dims.join(',')}], expected dtype ${expected.dtype} [${expected.dims.join(',')}]`;
  const [have, want] = [values(found), values(expected)];
  if (have === undefined || want === undefined) {
    const at = found.data.findIndex((b, i) => b !== expected.data[i]);
    return at < 0 ? undefined : `byte ${at} is ${found.data[at]}, expected ${expected.data[at]}`;
  }
  const at = have.findIndex((y, i) => !Object.is(y, want[i]) && !(Math.abs(y - want[i]!) <= ATOL + RTOL * Math.abs(want[i]!)));
  return at < 0 ? undefined : `element ${at} is ${have[at]}, expected ${want[at]}`;
}

/** Elements of a float tensor as numbers; undefined for other dtypes. */
function values(t: Tensor): number[] | undefined {
  if (t.dtype === DTYPE.float32) return [...floats(t)];
  if (t.dtype !== DTYPE.float16 && t.dtype !== DTYPE.bfloat16) return undefined;
  const view = new DataView(t.data.buffer, t.data.byteOffset, t.data.byteLength);
  return Array.from({ length: t.data.length / 2 }, (_, i) => (t.dtype === DTYPE.float16 ? half(view.getUint16(2 * i, true)) : brain(view.getUint16(2 * i, true))));
}

/** The value of a float16: 1 sign bit, 5 of the exponent, 10 of the fraction. */
function half(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The value of a bfloat16: the upper half of a float32. */
function brain(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;
}
