import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { forge, honestValues, type Forgery } from '../../devnet/forge.js';
import { walkHidden } from '../../devnet/hidden-worker.js';
import { tinyModel } from '../../devnet/tiny-model.js';
import { Runtime } from '../../src/onnx/index.js';
import { createReferee } from '../../validator/index.js';
import { assaydPath } from './network.js';

// The walk by demands of single chunks, with the real referee and no chain: every forgery that moves an output is found.

const dir = mkdtempSync(join(tmpdir(), 'assay-walk-'));
const runtime = new Runtime();
after(async () => {
  await runtime.close();
  rmSync(dir, { recursive: true, force: true });
});

// 64 rows: values of 16 chunks, of which an element reads one or two.
const ROWS = 64;

async function subject() {
  const { prepared, input } = await tinyModel(7, runtime, ROWS, 64);
  const run = { program: prepared.program, weights: prepared.weights, inputs: [input(3)] };
  return { run, honest: await honestValues(run, runtime), referee: await createReferee(assaydPath()) };
}

test('whatever number is changed, the walk ends at the node that is wrong, on a proof that convicts', { timeout: 120_000 }, async () => {
  const { run, honest, referee } = await subject();
  const forgeries: readonly [Forgery, string, number][] = [
    [{ kind: 'output', index: 0, element: 255, to: 9 }, 'OUTPUT', 0],
    [{ kind: 'activation', index: 3, element: 130, to: 9 }, 'ARITHMETIC', 3],
    [{ kind: 'activation', index: 2, element: 64 * 40 + 5, to: 9 }, 'ARITHMETIC', 2],
    [{ kind: 'activation', index: 1, element: 64 * 63 + 63, to: 9 }, 'ARITHMETIC', 1],
    [{ kind: 'activation', index: 0, element: 0, to: 9 }, 'ARITHMETIC', 0],
    [{ kind: 'weight', index: 0, element: 70, to: 9 }, 'ARITHMETIC', 0],
  ];
  for (const [i, [forgery, kind, node]] of forgeries.entries()) {
    const forged = await forge(run, honest, forgery, runtime);
    assert.ok(forged.moved, `${i}`);
    const { end, demands, chunks } = await walkHidden({ run, own: honest, forged, dir: join(dir, `${i}`), assayd: assaydPath(), referee, hops: 40 });
    assert.equal(end.kind, 'fault', `${i}`);
    if (end.kind !== 'fault') continue;
    assert.deepEqual([end.fault.accusation.kind, end.fault.accusation.node], [kind, node], `${i}`);
    assert.ok(end.fault.judgement.fault);
    // One chunk of every value on the way, two where an element's operands lie across; the trace has 50.
    assert.ok(demands <= 5 && chunks <= 8, `${i}: ${chunks} chunks in ${demands} demands`);
  }
});

test('an honest worker ends no walk, and a walk ends after as many elements as it may judge', { timeout: 120_000 }, async () => {
  const { run, honest, referee } = await subject();
  const same = { values: honest, outputs: [honest.at(-1)!], moved: false, before: 0, after: 0 };
  const clean = await walkHidden({ run, own: honest, forged: same, dir: join(dir, 'honest'), assayd: assaydPath(), referee, hops: 40 });
  assert.deepEqual([clean.end.kind, clean.chunks], ['clean', 0]);
  const forged = await forge(run, honest, { kind: 'activation', index: 0, element: 0, to: 9 }, runtime);
  const short = await walkHidden({ run, own: honest, forged, dir: join(dir, 'short'), assayd: assaydPath(), referee, hops: 2 });
  assert.equal(short.end.kind, 'clean', 'two elements do not reach the first node');
});
