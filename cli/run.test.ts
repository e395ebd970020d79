import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { generatedModel } from '../src/models/index.js';
import { EXIT, run } from './run.js';
import { parseId, parsePort, toJson } from './context.js';

async function assay(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(args, { out: (l) => out.push(l), err: (l) => err.push(l) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

test('help lists the commands and succeeds', async () => {
  const { code, out } = await assay('--help');
  assert.equal(code, EXIT.ok);
  for (const word of ['devnet', 'version', '--json', '--config']) assert.ok(out.includes(word), word);
});

test('version in words and in JSON', async () => {
  assert.match((await assay('version')).out, /^assay \d+\.\d+\.\d+ \(node/);
  const parsed = JSON.parse((await assay('version', '--json')).out) as { node: string };
  assert.equal(parsed.node, process.versions.node);
});

test('a command line that cannot be understood is one coded line and exit code 2', async () => {
  for (const args of [['no-such-command'], ['version', '--no-such-option'], ['devnet', 'beacon'], ['devnet', 'beacon', '--key', 'x', '--port', '70000'], []]) {
    const { code, err } = await assay(...args);
    assert.equal(code, EXIT.usage, args.join(' '));
    assert.match(err, /^CLI_(USAGE|ARGUMENT): /, args.join(' '));
    assert.equal(err.split('\n').length, 1);
  }
});

test('a failure is one coded line and exit code 1, in JSON an object', async () => {
  const key = '/no/such/beacon.json';
  const plain = await assay('devnet', 'beacon', '--key', key);
  assert.equal(plain.code, EXIT.failed);
  assert.match(plain.err, /^BEACON_KEY: /);
  const json = await assay('--json', 'devnet', 'beacon', '--key', key);
  assert.equal((JSON.parse(json.err) as { error: { code: string } }).error.code, 'BEACON_KEY');
});

test('a generated model is written with inputs of the sizes that it states', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'assay-generate-'));
  try {
    const { code, out } = await assay('--json', 'program', 'generate', 'training', '--seed', '4', '--out', dir);
    assert.equal(code, EXIT.ok);
    const { file, inputs } = JSON.parse(out) as { file: string; inputs: string[] };
    const model = generatedModel('training');
    assert.deepEqual(new Uint8Array(readFileSync(file)), model.file);
    assert.deepEqual(inputs.map((path) => new Uint8Array(readFileSync(path))), model.inputs(4).map((t) => t.data));
    for (const args of [['nonsense'], ['training', '--seed', '-1']]) {
      assert.match((await assay('program', 'generate', ...args, '--out', dir)).err, /^CLI_(ARGUMENT|USAGE): /);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('arguments are checked before anything happens', () => {
  assert.equal(parseId('job')('18446744073709551615'), 18446744073709551615n);
  for (const bad of ['0', '-1', '1.5', '', 'x', '18446744073709551616']) assert.throws(() => parseId('job')(bad), /CLI_ARGUMENT|expected a positive/);
  assert.equal(parsePort('0'), 0);
  for (const bad of ['65536', '-1', 'x', '']) assert.throws(() => parsePort(bad));
});

test('JSON keeps 64-bit integers and shows bytes in hex', () => {
  assert.equal(toJson({ a: 18446744073709551615n, b: new Uint8Array([1, 255]), c: Buffer.from([2]) }), '{"a":"18446744073709551615","b":"01ff","c":"02"}');
});

test('a worker’s machine is tried from the command line; what cannot be tried is one coded line', async () => {
  const assayd = process.env['ASSAYD'] ?? 'build/assayd';
  const { code, out, err } = await assay('--json', '--set', `worker.assayd=${assayd}`, 'worker', 'check', '--operators', 'Exp,MatMulInteger', '--seed', '7');
  assert.equal(code, EXIT.ok, err);
  const { seed, findings } = JSON.parse(out) as { seed: number; findings: { op: string; verdict: string; by: string }[] };
  assert.equal(seed, 7);
  assert.deepEqual(findings.map((f) => [f.op, f.verdict, f.by]), [['Exp', 'right', 'referee'], ['MatMulInteger', 'right', 'referee']]);
  for (const [code_, ...args] of [
    ['CLI_ARGUMENT', '--operators', 'Expp'], ['CLI_ARGUMENT', '--seed', '-1'], ['REFEREE_MISSING', '--set', 'worker.assayd=/no/assayd'],
  ] as const) {
    const refused = await assay('worker', 'check', ...args);
    assert.match(refused.err, new RegExp(`^${code_}: `));
    assert.notEqual(refused.code, EXIT.ok);
  }
});
