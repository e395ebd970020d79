import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODEL_NAMES } from '../src/models/index.js';
import { run } from './completeness.js';

test('every generated model is prepared, traced and judged element by element: nothing honest is a fault, everything moved is', async () => {
  // WebAssembly is the build whose bits differ most from the runtime that the models were prepared with.
  const result = await run(['ort-wasm', ...MODEL_NAMES]);
  assert.deepEqual(result['models'], MODEL_NAMES);
  assert.deepEqual([result['faults'], result['undecided'], result['moved']], [0, 0, result['moved_caught']]);
  assert.ok(result.ok && Number(result['elements']) > 1e6, JSON.stringify(result));
  const { most_proof_bytes: proof, most_gas: gas, worst_proof_bytes: proofs } = result as unknown as Record<'most_proof_bytes' | 'most_gas', number> & { worst_proof_bytes: Record<string, number> };
  assert.ok(proof >= Math.max(...Object.values(proofs)) && Number(proofs['MatMul']) > 1024 && gas > proof, JSON.stringify(result));
});
