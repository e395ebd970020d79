import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { OnnxError, prepare, Runtime } from '../../src/onnx/index.js';
import { readArchive } from '../conformance/archive.js';
import { draws, mutantBytes, mutantGraph, type Draw } from './mutate.js';

// ONNX's own small models, changed at random, through the child that prepares strangers' files. SEED and ROUNDS explore further.
const SEED = Number(process.env['SEED'] ?? 7);
const ROUNDS = Number(process.env['ROUNDS'] ?? 120);
const MEMORY_MIB = 1024;

const runtime = new Runtime({ memoryMiB: MEMORY_MIB, timeoutMs: 20_000 });
after(() => runtime.close());

const files = [...readArchive()].filter(([path, bytes]) => path.endsWith('/model.onnx') && bytes.length < 3000);

// What a child that parses hostile bytes may say; whatever else it says is a bug of ours, or a hole in its limits.
const EXPECTED = /^(ONNX_|REFUSED_|TENSOR_|INPUT_MISMATCH|RUNTIME_(FAILED|CRASHED|MEMORY))/;

async function hammer(t: TestContext, seed: number, mutate: (file: Uint8Array, draw: Draw) => Uint8Array): Promise<Map<string, number>> {
  t.diagnostic(`seed ${seed}, ${ROUNDS} mutants of ${files.length} files`);
  const draw = draws(seed);
  const seen = new Map<string, number>();
  for (let i = 0; i < ROUNDS; i++) {
    const [path, bytes] = files[draw(files.length)]!;
    const mutant = mutate(bytes, draw);
    const code = await outcome(mutant, `mutant ${i}, of ${path}`);
    seen.set(code, (seen.get(code) ?? 0) + 1);
  }
  t.diagnostic([...seen].map(([code, count]) => `${code} ${count}`).join(', '));
  return seen;
}

async function outcome(mutant: Uint8Array, what: string): Promise<string> {
  const told = (): string => `${what}: ${Buffer.from(mutant).toString('base64')}`;
  try {
    const { program } = await prepare(mutant, { runtime });
    assert.ok(program.nodes.length > 0, told());
    return 'valid';
  } catch (error) {
    assert.ok(error instanceof OnnxError, `${told()}: ${String(error)}`);
    assert.match(error.code, EXPECTED, `${told()}: ${error.message}`);
    // A child answers with the name of a JavaScript error only where a check is missing.
    assert.doesNotMatch(error.message, /^(\w*Error): /, told());
    return error.code;
  }
}

test('bytes changed at random: a valid program or a coded error, and the parent lives', async (t) => {
  const seen = await hammer(t, SEED, mutantBytes);
  assert.ok((seen.get('ONNX_UNREADABLE') ?? 0) > ROUNDS / 10 && (seen.get('valid') ?? 0) > 0);
});

test('graphs changed at random (cycles, ghosts, twins, extents, dtypes, operators, attributes): a valid program or a coded error', async (t) => {
  const seen = await hammer(t, SEED + 1, mutantGraph);
  assert.ok(seen.size >= 6 && (seen.get('valid') ?? 0) > 0, [...seen.keys()].join());
});

test('after all of it the same child, or its successor, prepares an honest file', async () => {
  const [, bytes] = files.find(([path]) => path.includes('/test_relu/'))!;
  assert.equal(await outcome(bytes, 'test_relu'), 'valid');
});
