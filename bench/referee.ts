// What judging costs: time, gas and bytes of one element, and an auditor's speed over a real trace, exactly and after the
// float64 pre-check, which must find the same.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssayError } from '../src/errors.js';
import { DTYPE, Runtime, tensorPath, trace, valueTypes, type Program } from '../src/onnx/index.js';
import { prepareModel, readPng, recognitionInput } from '../src/ocr/index.js';
import type { Bench } from './main.js';
import { random } from './tampering.js';

/** Elements that are forged in the second trace, each in a value of its own. */
const FORGERIES = 60;
const SEED = 1;

/** What a forger makes of an element; every kind must be judged alike by both scans, convicted or not. */
const FORGERS: readonly ((y: number) => number)[] = [
  (y) => y * 1.5 + 1,
  (y) => y * (1 + 2 ** -10),
  (y) => y * (1 + 2 ** -22),
  (y) => -y,
  () => 0,
  () => NaN,
  () => Infinity,
  () => 3e38,
  () => 1e-40,
];

/** The limits that the protocol promises. Times are of a quiet core: `load` says how quiet it was. */
const LIMITS = { matmul4096_us: 50, matmul4096_proof_bytes: 38 * 1024, conv512x3x3_proof_bytes: 44 * 1024, max_proof_bytes: 256 * 1024, gas_ns_ratio: 5 } as const;
const LEAST = { audit_exact_eps: 3e6, audit_fast_eps: 10e6 } as const;

interface Audits {
  readonly elements: number;
  readonly faults: number;
  readonly undecided: number;
  readonly acquitted_fast: number;
  readonly agree: boolean;
  readonly exact_eps: number;
  readonly fast_eps: number;
}

type Measured = Readonly<Record<keyof typeof LIMITS | 'ops' | 'matmul4096_judge_us', number>> & {
  readonly gas_ns_least: { readonly op: string; readonly size: string };
  readonly gas_ns_most: { readonly op: string; readonly size: string };
  readonly honest: Audits;
  readonly forged: Audits;
};

/** No arguments. Needs Go, which builds the measuring tool of chain/audit/measure. */
export const run: Bench = async () => {
  const dir = mkdtempSync(join(tmpdir(), 'assay-referee-'));
  const runtime = new Runtime({ timeoutMs: 600_000 });
  try {
    const model = await prepareModel('recognition', { cache: fileURLToPath(new URL('../../build/models', import.meta.url)), runtime });
    const image = readPng(readFileSync(new URL('../../test/images/line-1.png', import.meta.url)));
    const honest = join(dir, 'honest');
    const forged = join(dir, 'forged');
    await trace(model.program, model.weights, [recognitionInput(image)], honest, { runtime });
    await copyByLinks(honest, forged);
    const planted = await plant(model.program, forged);
    console.error(`referee: seed ${SEED}, ${planted} forgeries planted; measuring`);
    const m = await measure(['-bundle', honest, '-forged', forged]);
    const figures = {
      matmul4096_us: m.matmul4096_us,
      matmul4096_proof_bytes: m.matmul4096_proof_bytes,
      conv512x3x3_proof_bytes: m.conv512x3x3_proof_bytes,
      max_proof_bytes: m.max_proof_bytes,
      gas_ns_ratio: m.gas_ns_ratio,
      ops: m.ops,
      audit_exact_eps: m.honest.exact_eps,
      audit_fast_eps: m.honest.fast_eps,
    };
    const missed = [
      ...Object.entries(LIMITS).flatMap(([key, most]) => (figures[key as keyof typeof LIMITS] > most ? [key] : [])),
      ...Object.entries(LEAST).flatMap(([key, least]) => (figures[key as keyof typeof LEAST] < least ? [key] : [])),
    ];
    const agree = m.honest.agree && m.forged.agree;
    const sound = m.honest.faults === 0 && m.honest.undecided === 0 && m.forged.faults > planted / 2;
    return {
      bench: 'referee', ok: missed.length === 0 && agree && sound, ...figures,
      missed, audits_agree: agree, load: loadavg()[0], matmul4096_judge_us: m.matmul4096_judge_us,
      gas_ns_least: `${m.gas_ns_least.op} ${m.gas_ns_least.size}`, gas_ns_most: `${m.gas_ns_most.op} ${m.gas_ns_most.size}`,
      elements: m.honest.elements, acquitted_fast: m.honest.acquitted_fast, seed: SEED, planted, forged_faults: m.forged.faults, forged_undecided: m.forged.undecided,
    };
  } finally {
    await runtime.close();
    rmSync(dir, { recursive: true, force: true });
  }
};

/** Copies a bundle without its bytes: files are links, to be replaced before they change. */
async function copyByLinks(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    await (entry.isDirectory() ? copyByLinks(source, target) : link(source, target));
  }
}

/** Forges elements of float32 values, spread over the graph; returns how many. */
async function plant(program: Program, dir: string): Promise<number> {
  const next = random(SEED);
  const values = valueTypes(program).flatMap((t, v) => (t.dtype === DTYPE.float32 ? [v] : []));
  const step = Math.max(1, Math.floor(values.length / FORGERIES));
  let planted = 0;
  for (let i = 0; i < values.length; i += step) {
    const path = tensorPath(dir, 'value', values[i]!);
    const bytes = await readFile(path);
    const at = 4 * Math.floor(next() * (bytes.length / 4));
    const moved = FORGERS[planted++ % FORGERS.length]!(bytes.readFloatLE(at));
    if (Number.isNaN(moved)) bytes.writeUInt32LE(0x7fc00000, at);
    else bytes.writeFloatLE(moved, at);
    await rm(path);
    await writeFile(path, bytes);
  }
  return planted;
}

/** Runs chain/audit/measure. @throws AssayError MEASURE_FAILED */
async function measure(args: readonly string[]): Promise<Measured> {
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false -mod=readonly' };
  const chain = fileURLToPath(new URL('../../chain', import.meta.url));
  const { code, stdout } = await new Promise<{ code: number | null; stdout: string }>((resolve, reject) => {
    const child = spawn('go', ['run', './audit/measure', ...args], { cwd: chain, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('error', reject);
    child.on('close', (status) => resolve({ code: status, stdout: text }));
  });
  if (code !== 0) throw new AssayError('MEASURE_FAILED', `go run ./audit/measure ended with ${code}`, { hint: 'What it said is above; it needs Go and chain/.' });
  return JSON.parse(stdout) as Measured;
}
