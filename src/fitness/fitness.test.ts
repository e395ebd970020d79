import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createExecutor, type Executor } from '../jobs/index.js';
import { DTYPE } from '../onnx/index.js';
import { OPERATORS } from '../onnx/operators.js';
import { uniform } from '../onnx/prepare/samples.js';
import { createReferee, type Referee } from '../referee/index.js';
import { readCertificates } from './certificates.js';
import { checkOperators, type CheckOptions } from './check.js';
import { Fitness } from './fitness.js';
import { isKnown } from './known.js';
import { materialsOf, Values } from './sample.js';
import { NOT_RUN, SAMPLERS } from './samples.js';

const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));


const BINARY = process.env['ASSAYD'] ?? fileURLToPath(new URL('../../../build/assayd', import.meta.url));
const BYTES = Object.keys(SAMPLERS).filter(isKnown);
const dir = mkdtempSync(join(tmpdir(), 'assay-fitness-'));
const executors: Executor[] = [];
let referee: Referee;

before(async () => {
  assert.ok(existsSync(BINARY), `${BINARY} is missing: run make build`);
  referee = await createReferee(BINARY, { fast: true });
});
after(async () => {
  for (const executor of executors) await executor.close();
  rmSync(dir, { recursive: true });
});

/** An executor whose ONNX Runtime does to its results what a faulty one would. `bend` is JavaScript over (model, outputs). */
async function executorWith(bend: string | undefined, backend: 'ort-node' | 'ort-wasm' = 'ort-node'): Promise<Executor> {
  let nativeModule: string | undefined;
  if (bend !== undefined) {
    nativeModule = mkdtempSync(join(dir, 'ort-'));
    const real = createRequire(import.meta.url).resolve('onnxruntime-node');
    writeFileSync(
      join(nativeModule, 'index.js'),
      `const ort = require(${JSON.stringify(real)});
       const bend = (model, outputs) => { ${bend} };
       exports.Tensor = ort.Tensor;
       exports.InferenceSession = { create: async (bytes, options) => {
         const model = Buffer.from(bytes).toString('latin1');
         const session = await ort.InferenceSession.create(bytes, options);
         return {
           inputNames: session.inputNames, outputNames: session.outputNames, release: () => session.release(),
           run: async (feeds) => { const outputs = await session.run(feeds); bend(model, Object.values(outputs)); return outputs; },
         };
       } };`,
    );
  }
  const executor = await createExecutor({ profile: 'ieee-fp32', backend, ...(nativeModule && { nativeModule }) });
  executors.push(executor);
  return executor;
}

// What x64 without VNNI does, as far as the results show: large sums of products of bytes come out too small.
const SATURATES = `for (const y of outputs) {
  if (y.type === 'int32') for (let i = 0; i < y.data.length; i++) y.data[i] = Math.max(-32768, Math.min(32767, y.data[i]));
  if (y.type === 'uint8') for (let i = 0; i < y.data.length; i++) y.data[i] = Math.min(150, y.data[i]);
  if (y.type === 'int8') for (let i = 0; i < y.data.length; i++) y.data[i] = Math.min(20, y.data[i]);
}`;

const check = (executor: Executor, operators: readonly string[], more: Partial<CheckOptions> = {}) => checkOperators(executor, { operators, seed: SEED, ...more });

test('every operator that a runtime runs has samples', (t) => {
  t.diagnostic(`seed ${SEED}: SEED=${SEED} repeats this run`);
  const run = OPERATORS.filter((op) => op !== '' && !NOT_RUN.includes(op));
  assert.deepEqual(Object.keys(SAMPLERS).sort(), [...run].sort());
});

test('products of bytes are right on both backends: known answers and the referee say the same', async () => {
  for (const backend of ['ort-node', 'ort-wasm'] as const) {
    const executor = await executorWith(undefined, backend);
    for (const f of await check(executor, BYTES)) {
      assert.equal(f.verdict, 'right', `${backend} ${f.op}: ${f.why}`);
      assert.equal(f.by, 'known answers');
      assert.ok(f.elements > 1000, f.op);
    }
    for (const f of await check(executor, BYTES, { referee })) assert.deepEqual([f.verdict, f.by, f.undecided], ['right', 'referee', {}], `${backend} ${f.op}: ${f.why}`);
  }
});

test('samples overflow where kernels add pairs of products in 16 bits, in one row and in several', () => {
  for (const sample of SAMPLERS['MatMulInteger']!(new Values(uniform(SEED)), [])) {
    const [a, b] = sample.operands.map((o) => o!.tensor);
    if (a!.dtype !== DTYPE.uint8 || b!.dtype !== DTYPE.int8) continue;
    const [m, k, n] = [a!.dims[0]!, a!.dims[1]!, b!.dims[1]!];
    const product = (i: number, q: number, j: number): number => (q < k ? a!.data[i * k + q]! * ((b!.data[q * n + j]! << 24) >> 24) : 0);
    let overflows = 0;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let lost = 0;
        for (let q = 0; q < k; q += 2) {
          const pair = product(i, q, j) + product(i, q + 1, j);
          lost += pair - Math.max(-32768, Math.min(32767, pair));
        }
        if (lost !== 0) overflows++;
      }
    assert.ok(overflows > (m * n) / 4, `${overflows} of ${m * n} elements`);
  }
});

test('a runtime that saturates silently is found out at the start, without a referee, and its programs are declined', async () => {
  const executor = await executorWith(SATURATES);
  const wrong: string[] = [];
  const fitness = new Fitness(executor, { seed: SEED, onFinding: (f) => f.verdict === 'wrong' && wrong.push(f.op) });
  await fitness.start();
  assert.deepEqual(wrong.sort(), [...BYTES].sort());
  const program = (op: string) => materialsOf(SAMPLERS[op]!(new Values(uniform(1)), []).slice(0, 1)).program;
  for (const op of BYTES) assert.match((await fitness.refusal(program(op))) ?? '', new RegExp(`computes ${op} wrongly: element \\d+ of sample \\d+ is -?\\d+, exactly -?\\d+`));
  assert.equal(await fitness.refusal(program('Relu')), undefined);
  assert.equal(wrong.length, BYTES.length, 'each operator is tried once');
});

test('a function some units off is right in words and a fault for the referee', async () => {
  const off = await executorWith(`if (model.includes('Exp')) for (const y of outputs) {
    const bits = new Uint32Array(y.data.buffer, y.data.byteOffset, y.data.length);
    for (let i = 0; i < bits.length; i++) if (bits[i] > 0x3f000000 && bits[i] < 0x40000000) bits[i] += 9;
  }`);
  assert.deepEqual(await check(off, ['Exp', 'Tanh']), [], 'without a referee nothing is known of either');
  const findings = await check(off, ['Exp', 'Tanh'], { referee });
  assert.deepEqual(findings.map((f) => [f.op, f.verdict]), [['Exp', 'wrong'], ['Tanh', 'right']]);
  assert.match(findings[0]!.why ?? '', /outside the referee's bound/);
});

test('an operator that the runtime does not run is refused, not wrong; one sample that it does not run is said', async () => {
  const none = await executorWith(`if (model.includes('Erf')) throw new Error('no kernel for Erf');`);
  const [erf] = await check(none, ['Erf'], { referee });
  assert.equal(erf?.verdict, 'refused');
  assert.match(erf?.why ?? '', /no kernel for Erf/);
  const some = await executorWith(`if (outputs.some((y) => y.type === 'float16')) throw new Error('no float16');`);
  const [cast] = await check(some, ['Cast'], { referee });
  assert.equal(cast?.verdict, 'right');
  assert.equal(cast?.refused.length, 1);
});

test('a runtime that dies says nothing about its answers', async () => {
  const dies = await executorWith('process.exit(3);');
  const fitness = new Fitness(dies, { seed: SEED });
  for (let i = 0; i < 2; i++) await assert.rejects(fitness.start(), /RUNTIME_CRASHED|ended with exit code 3/, 'asked again, it is tried again');
});

test('the inputs at which certified runtimes err most are among the samples', async () => {
  const { worst, own } = await readCertificates((await executorWith(undefined)).execution);
  const special = worst.get('Exp') ?? [];
  assert.ok(special.length >= 4 && special.every(Number.isFinite));
  const { inputs } = materialsOf(SAMPLERS['Exp']!(new Values(uniform(SEED)), special));
  const sample = new Set(new Float32Array(inputs[0]!.buffer, inputs[0]!.byteOffset, inputs[0]!.length / 4));
  for (const x of special) assert.ok(sample.has(x), `${x}`);
  assert.ok(own.size === 0 || own.has('Exp'));
  assert.deepEqual(await readCertificates({ runtime: 'none', version: '0', libraryHash: new Uint8Array(32), instructionSet: 'x' }, join(dir, 'nothing-here')), { worst: new Map(), own: new Set() });
});
