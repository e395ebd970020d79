import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { dataRoot } from '../merkle/index.js';
import { describe, isRetryable } from '../errors.js';
import { readRoots, readTensor, tensorPath } from './bundle.js';
import { toLayout } from './layout.js';
import { checkInputBytes, checkWeights, openProgram, prepare, type Prepared } from './model.js';
import { runAllowanceMs } from './cost.js';
import { valueTypes } from './program.js';
import { describeRuntime } from './profile.js';
import { traceRoot } from './roots.js';
import { Runtime } from './runtime.js';
import { inputsFromBytes, Session } from './session.js';
import { bytesOf, float32, floats, sameTensor, type Tensor } from './tensor.js';
import { node, onnxFile, refusesWith } from './testing.js';
import { runNodes, trace, valueRoots } from './trace.js';

const runtime = new Runtime();
const scratch = await mkdtemp(join(tmpdir(), 'assay-test-'));
after(async () => {
  await runtime.close();
  await rm(scratch, { recursive: true });
});

const filter = float32([4, 3, 3, 3], Array.from({ length: 108 }, (_, i) => Math.sin(i)));

/** A convolution (whose operands want another layout), a sum, a reduction by address-sensitive kernels, a product. */
async function convolutional(): Promise<Prepared> {
  return prepare(
    onnxFile({
      nodes: [
        node('Conv', 'x w', 'c', { pads: { ints: [1, 1, 1, 1] } }),
        node('Sigmoid', 'c', 's'),
        node('Mul', 'c s', 'm'),
        node('ReduceMean', 'm ax', 'r', { keepdims: { i: 1 } }),
        node('Sub', 'm r', 'y'),
      ],
      inputs: { x: [1, 3, 7, 9] },
      constants: { w: filter, ax: { dtype: 7, dims: [1], data: bytesOf(BigInt64Array.of(3n)) } },
      outputs: ['y'],
    }),
    { runtime },
  );
}

const image = (): Tensor => float32([1, 3, 7, 9], Array.from({ length: 189 }, (_, i) => Math.cos(i * i)));

test('a session serves many runs and equals the trace; backends differ only as they may', async () => {
  const model = await convolutional();
  const dir = join(scratch, 'bundle');
  const session = await Session.open(model.program, model.weights, { runtime });
  const [first] = await session.run([image()]);
  const [second] = await session.run([image()]);
  assert.ok(first && second && sameTensor(first, second));
  const roots = await trace(model.program, model.weights, [image()], dir, { runtime });
  assert.deepEqual(roots.output[0], dataRoot(first.data));
  assert.deepEqual(await readRoots(dir), roots);
  assert.deepEqual(new Uint8Array(await readFile(join(dir, 'program.bin'))), model.record);
  for (const [v, type] of valueTypes(model.program).entries()) {
    const bytes = await readTensor(dir, 'value', v, roots.value[v]!);
    assert.equal(bytes.length, type.dims.reduce((a, b) => a * b, 4));
  }
  assert.deepEqual(await readdir(join(dir, 'weight')), ['0.bin']);
  assert.deepEqual(await readTensor(dir, 'input', 0, roots.input[0]!), new Uint8Array(image().data));
  const wasm = await Session.open(model.program, model.weights, { runtime, backend: 'ort-wasm' });
  const [other] = await wasm.run([image()]);
  const distance = Math.max(...floats(other!).map((y, i) => Math.abs(y - floats(first)[i]!)));
  assert.ok(distance < 1e-5, `WASM is ${distance} away`);
  await wasm.close();
  await session.close();
});

test('every node alone, every cut into segments and every address of the input give the same bits', async () => {
  const model = await convolutional();
  for (const backend of ['ort-node', 'ort-wasm'] as const) {
    const whole = await valueRoots(model.program, model.weights, [image()], { runtime, backend });
    for (const segmentBytes of [1, 2000, 5000])
      assert.deepEqual(await valueRoots(model.program, model.weights, [image()], { runtime, backend, segmentBytes }), whole);
    const shifted = new Uint8Array(image().data.length + 4).subarray(4);
    shifted.set(image().data);
    assert.deepEqual(await valueRoots(model.program, model.weights, [{ ...image(), data: shifted }], { runtime, backend, segmentBytes: 1 }), whole);
  }
});

test('a range of nodes runs on known values, as a cheat or a referee needs it', async () => {
  const { program, weights } = await convolutional();
  const all = await runNodes(program, weights, [image()], new Map(), 0, program.nodes.length, { runtime });
  assert.equal(all.size, program.values);
  const known = new Map([[0, all.get(0)!]]);
  const rest = await runNodes(program, weights, [image()], known, 1, program.nodes.length, { runtime });
  for (const [v, t] of rest) assert.ok(sameTensor(t, all.get(v)!), `VALUE ${v}`);
  const forged = { ...all.get(0)!, data: all.get(0)!.data.slice() };
  floats(forged)[5]! += 1;
  const tampered = await runNodes(program, weights, [image()], new Map([[0, forged]]), 1, program.nodes.length, { runtime });
  assert.ok(!sameTensor(tampered.get(program.values - 1)!, all.get(program.values - 1)!));
  await refusesWith('INPUT_MISMATCH', () => runNodes(program, weights, [image()], new Map(), 1, 2, { runtime }));
  await refusesWith('INPUT_MISMATCH', () => runNodes(program, weights, [image()], new Map(), 2, 2, { runtime }));
  const roots = await valueRoots(program, weights, [image()], { runtime });
  assert.deepEqual(traceRoot(roots), traceRoot(valueTypes(program).map((type, v) => dataRoot(toLayout(type, all.get(v)!.data)))));
});

test('wrong inputs, weights and digests are refused before anything runs', async () => {
  const { program, record, weights, programRoot, weightsRoot } = await convolutional();
  const session = await Session.open(program, weights, { runtime });
  await refusesWith('INPUT_MISMATCH', () => session.run([]), /expected 1 inputs/);
  await refusesWith('INPUT_MISMATCH', () => session.run([float32([1, 3, 9, 7], new Float32Array(189))]));
  await refusesWith('INPUT_MISMATCH', () => session.run([{ ...image(), data: image().data.slice(1) }]));
  await session.close();
  await refusesWith('INPUT_MISMATCH', () => Session.open(program, [], { runtime }));
  await refusesWith('TENSOR_SIZE', () => Session.open(program, [weights[0]!.slice(1)], { runtime }));
  await refusesWith('TENSOR_SIZE', () => inputsFromBytes(program, [new Uint8Array(3)]));
  await refusesWith('INPUT_MISMATCH', () => inputsFromBytes(program, []));
  assert.deepEqual(openProgram(record, programRoot), program);
  await refusesWith('DIGEST_MISMATCH', () => openProgram(record, weightsRoot));
  assert.equal(checkWeights(program, weights, weightsRoot).length, weights.length);
  const flipped = weights.map((b, i) => (i === 0 ? b.map((x, k) => (k === 0 ? x ^ 1 : x)) : b));
  await refusesWith('DIGEST_MISMATCH', () => checkWeights(program, flipped, weightsRoot));
  await refusesWith('INPUT_MISMATCH', () => checkWeights(program, weights.slice(1)));
  const poisoned = weights.map((b, i) => (i === 0 ? bytesOf(floats({ dtype: 1, dims: [108], data: b }).map((v, k) => (k === 9 ? NaN : v))) : b));
  await refusesWith('TENSOR_FORBIDDEN', () => checkWeights(program, poisoned), /weight 0: element 9/);
  assert.equal(checkInputBytes(program, [image().data]).length, 1);
  await refusesWith('TENSOR_FORBIDDEN', () => checkInputBytes(program, [bytesOf(new Float32Array(189).fill(Infinity))]));
  await refusesWith('INPUT_MISMATCH', () => checkInputBytes(program, [new Uint8Array(7)]));
});

test('a bundle that was damaged is not believed', async () => {
  const { program, weights } = await convolutional();
  const dir = join(scratch, 'damaged');
  const roots = await trace(program, weights, [image()], dir, { runtime });
  await writeFile(tensorPath(dir, 'value', 1), new Uint8Array(12));
  await refusesWith('DIGEST_MISMATCH', () => readTensor(dir, 'value', 1, roots.value[1]!));
  await refusesWith('DIGEST_MISMATCH', () => readTensor(dir, 'value', 99, roots.value[1]!));
  await writeFile(join(dir, 'roots.json'), '{"input":["zz"],"weight":[],"value":[],"output":[]}');
  await refusesWith('DIGEST_MISMATCH', () => readRoots(dir), /64 hexadecimal/);
  await writeFile(join(dir, 'roots.json'), '[]');
  await refusesWith('DIGEST_MISMATCH', () => readRoots(dir));
  await rm(join(dir, 'roots.json'));
  await refusesWith('DIGEST_MISMATCH', () => readRoots(dir), /unfinished/);
});

test('a child that dies is a typed error, and the next run starts another one', async () => {
  const own = new Runtime();
  const { program, weights } = await convolutional();
  const session = await Session.open(program, weights, { runtime: own });
  const [before] = await session.run([image()]);
  const busy = own.call('prepare', { model: { sizes: [0], body: new Uint8Array(0) }, options: {} });
  const died = refusesWith('RUNTIME_CRASHED', () => busy, /SIGKILL/).catch((e: unknown) => e);
  process.kill(own.pid!, 'SIGKILL');
  const failure = await died;
  // The signal may also arrive between two calls; then the refused call was already answered.
  if (failure instanceof Error) assert.match(failure.message, /ONNX_UNREADABLE/);
  const [again] = await session.run([image()]);
  assert.ok(before && again && sameTensor(before, again));
  assert.equal(own.generation, 2);
  await session.close();
  await own.close();
  assert.equal(existsSync(own.scratch), false, 'the scratch directory is gone');
  await refusesWith('RUNTIME_CLOSED', () => session.run([image()]));
});

/** A product large enough to be caught at work: 2·10¹¹ multiply-adds, or gigabytes of memory. */
const heavy = (n: number): Uint8Array =>
  onnxFile({ nodes: [node('Transpose', 'x', 't'), node('MatMul', 'x t', 'm'), node('MatMul', 'm m', 'y')], inputs: { x: [n, n] }, outputs: ['y'] });

test('a call that takes too long, or too much memory, is ended', async () => {
  const slow = new Runtime({ timeoutMs: 1500 });
  const late = await prepare(heavy(6000), { runtime: slow }).then(() => undefined, (e: unknown) => e);
  assert.ok(isRetryable(late));
  await refusesWith('RUNTIME_TIMEOUT', () => Promise.reject(late), /1500 ms/);
  assert.match(describe(late), /--timeout.*runtime\.timeout_ms/, 'it says what to do');
  assert.deepEqual((await readdir(slow.scratch)).filter((f) => f.endsWith('.parcel')), [], 'nothing is left behind');
  await slow.close();
  await refusesWith('RUNTIME_TIMEOUT', () => prepare(heavy(6000), { runtime, timeoutMs: 1200 }), /1200 ms/);
  if (process.platform !== 'linux') return;
  const small = new Runtime({ memoryMiB: 200 });
  await refusesWith('RUNTIME_MEMORY', () => prepare(heavy(6000), { runtime: small }), /200/);
  await small.close();
});

test('runs of a large program may take longer', async () => {
  const { program, weights } = await prepare(onnxFile({ nodes: [node('MatMul', 'x w', 'y')], inputs: { x: [500, 200] }, constants: { w: float32([200, 300], new Float32Array(60_000).fill(0.5)) }, outputs: ['y'] }), { runtime });
  assert.equal(runAllowanceMs(program), 150 + 60, '30 million products, 600 kB of trace');
  const endless = { ...program, nodes: program.nodes.map((n) => ({ ...n, outputs: [{ ...n.outputs[0]!, dims: [2 ** 30, 2 ** 20] }] })) };
  assert.equal(runAllowanceMs(endless), 3_600_000, 'not for ever');
  const asked: (number | undefined)[] = [];
  const spied = new Runtime({ timeoutMs: 60_000 });
  const call = spied.call.bind(spied);
  spied.call = (name, args, timeoutMs) => {
    if (name !== 'load' && name !== 'release') asked.push(timeoutMs);
    return call(name, args, timeoutMs);
  };
  const x = float32([500, 200], new Float32Array(100_000));
  const session = await Session.open(program, weights, { runtime: spied });
  await session.run([x]);
  await valueRoots(program, weights, [x], { runtime: spied });
  await runNodes(program, weights, [x], new Map(), 0, 1, { runtime: spied });
  await valueRoots(program, weights, [x], { runtime: spied, timeoutMs: 2 ** 40 });
  assert.deepEqual(asked, [60_210, 60_210, 60_210, 2 ** 40]);
  await session.close();
  await spied.close();
});

test('calls queue up and each gets its own answer', async () => {
  const { program, weights } = await convolutional();
  const session = await Session.open(program, weights, { runtime });
  const inputs = [0, 1, 2, 3].map((k) => float32([1, 3, 7, 9], new Float32Array(189).fill(k)));
  const together = await Promise.all(inputs.map((x) => session.run([x])));
  for (const [k, x] of inputs.entries()) assert.ok(sameTensor((await session.run([x]))[0]!, together[k]![0]!));
  await session.close();
});

test('sessions that open together do not mix', async () => {
  const models = [2, 3].map((k) => onnxFile({ nodes: [node('Mul', 'x k', 'y')], inputs: { x: [2] }, constants: { k: float32([], [k]) }, outputs: ['y'] }));
  const prepared = await Promise.all(models.map((m) => prepare(m, { runtime })));
  const sessions = await Promise.all(prepared.map((p) => Session.open(p.program, p.weights, { runtime })));
  const results = await Promise.all(sessions.map((s) => s.run([float32([2], [1, 10])])));
  assert.deepEqual(results.map(([y]) => [...floats(y!)]), [[2, 20], [3, 30]]);
  for (const s of sessions) await s.close();
});

test('a child whose parent dies removes what they shared and ends', async () => {
  const script = `import(${JSON.stringify(new URL('./index.js', import.meta.url).href)}).then(({ Runtime }) => {
    const runtime = new Runtime(); runtime.ready(); console.log(runtime.pid + ' ' + runtime.scratch); setInterval(() => {}, 1000); });`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const [pid, dir] = line.toString().trim().split(' ');
  parent.kill('SIGKILL');
  const gone = (): boolean => !existsSync(dir!) && !existsSync(`/proc/${pid}`);
  for (let i = 0; i < 100 && !gone(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(gone(), `process ${pid} or ${dir} is still there`);
});

test('the runtime describes itself as a commitment states it', async () => {
  const native = await describeRuntime({ threads: 2 });
  assert.equal(native.runtime, 'onnxruntime-node');
  assert.equal(native.version, '1.30.0');
  assert.equal(native.libraryHash.length, 32);
  assert.equal(native.threads, 2);
  const wasm = await describeRuntime({ backend: 'ort-wasm' });
  assert.equal(Buffer.from(wasm.libraryHash).toString('hex').slice(0, 8), '3398c10d');
  assert.equal(wasm.instructionSet, 'wasm');
  await refusesWith('INPUT_MISMATCH', async () => {
    const { program, weights } = await convolutional();
    await Session.open(program, weights, { runtime, backend: 'ort-wasm', threads: 2 });
  });
});
