// A seeded part of the conformance bench, over all operators that are judged. CONFORMANCE_SEED chooses another part.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Runtime } from '../../src/onnx/index.js';
import { loadCases, type Case } from './cases.js';
import { CAUSES, Unsupported } from './causes.js';
import { judgeCases } from './judge.js';
import { prepareCase, type PreparedCase } from './prepare-case.js';
import { isOwed, PROMISED, REFUSALS } from './promised.js';
import { random } from '../../bench/tampering.js';

const SEED = Number(process.env['CONFORMANCE_SEED'] ?? 1);
const CASES = 90;
/** The slowest thing here; more of it would test nothing else. */
const LARGE = /_3d_default$|^test_attention/;

const runtime = new Runtime();
const dir = mkdtempSync(join(tmpdir(), 'assay-conformance-test-'));
after(async () => {
  await runtime.close();
  rmSync(dir, { recursive: true, force: true });
});

const cases = loadCases();

test('the archive is whole', () => {
  assert.equal(cases.length, 1765);
  assert.equal(new Set(cases.map((c) => c.name)).size, 1765);
});

test('a part of the cases: outputs of their authors and of every backend are no fault, one element beyond its bound is', async (t) => {
  t.diagnostic(`seed ${SEED}`);
  const prepared: PreparedCase[] = [];
  for (const c of chosen()) {
    try {
      prepared.push(await prepareCase(c, runtime));
    } catch (error) {
      assert.ok(error instanceof Unsupported, `${c.name}: ${String(error)}`);
      assert.ok(error.why in CAUSES);
      assert.ok(!isOwed(c, error), `${c.name} is not judged: ${error.message}`);
    }
  }
  const judged = await judgeCases(prepared, runtime, join(dir, 'batch'));
  for (const j of judged) assert.deepEqual(j.failures, [], j.name);
  assert.ok(judged.length >= CASES / 2, `${judged.length} of ${CASES} cases ran`);
  t.diagnostic(`${judged.length} ran, ${judged.filter((j) => j.how === 'whole').length} of them judged whole`);
  const tried = judged.reduce((sum, j) => sum + j.counts.edges, 0);
  assert.ok(tried > judged.length, `${tried} sides of bounds were tried`);
});

test('a wrong expected output is a fault: the judge does judge', async () => {
  const right = await prepareCase(cases.find((c) => c.name === 'test_add')!, runtime);
  const data = new Uint8Array(right.expected[0]!.data);
  data[2]! ^= 1;
  const [judged] = await judgeCases([{ ...right, expected: [{ ...right.expected[0]!, data }] }], runtime, join(dir, 'wrong'));
  assert.match(judged!.failures.join(), /expected output: 1 of 60 elements are faults/);
  const parts = await prepareCase(cases.find((c) => c.name === 'test_lstm_defaults')!, runtime);
  const [compared] = await judgeCases([{ ...parts, expected: parts.expected.map((e) => ({ ...e, data: e.data.map((b, i) => (i === 2 ? b ^ 64 : b)) })) }], runtime, join(dir, 'wrong'));
  assert.match(compared!.failures.join(), /output 0: element 0/);
});

test('every refusal and every promise has a case', () => {
  for (const r of REFUSALS) assert.ok(cases.some((c) => r.cases.test(c.name)), r.reason);
  for (const op of PROMISED) assert.ok(cases.some((c) => c.operators.includes(op)), op);
});

/** One case of each promised operator, then any others, in an order that the seed gives. */
function chosen(): Case[] {
  const next = random(SEED);
  const all = cases.filter((c) => !LARGE.test(c.name)).map((c) => ({ c, key: next() })).sort((a, b) => a.key - b.key).map(({ c }) => c);
  const picked = new Set<Case>();
  for (const op of PROMISED) {
    const one = all.find((c) => c.operators.length === 1 && c.operators[0] === op);
    if (one !== undefined) picked.add(one);
  }
  for (const c of all) if (picked.size < CASES && c.operators.every((op) => PROMISED.has(op))) picked.add(c);
  return [...picked];
}
