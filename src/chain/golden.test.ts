import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { toBech32 } from '@cosmjs/encoding';
import { Execution } from './generated/assay/compute/v1/compute.js';
import { dutyNumber, executionHash, isDrawn, resultCommitment } from './index.js';

// The chain wrote these; both sides must compute the same.
const vectors = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../../../test/vectors/${name}.json`, import.meta.url), 'utf8')) as T;
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (b: Uint8Array) => Buffer.from(b).toString('hex');

test('result commitments are the chain’s', () => {
  interface Vector {
    name: string; chain_id: string; job: string; worker: string; program_root: string; weights_root: string; execution_bytes: string; execution_hash: string;
    execution: { profile: string; runtime: string; version: string; library_hash: string; instruction_set: string; threads: number };
    input_root: string; output_root: string; trace_root: string; commitment: string;
  }
  const all = vectors<Vector[]>('commitment');
  assert.ok(all.length > 0);
  for (const v of all) {
    const e = v.execution;
    const execution: Execution = { profile: e.profile, runtime: e.runtime, version: e.version, libraryHash: bytes(e.library_hash), instructionSet: e.instruction_set, threads: e.threads };
    assert.equal(hex(Execution.encode(execution).finish()), v.execution_bytes, v.name);
    assert.equal(hex(executionHash(execution)), v.execution_hash, v.name);
    const commitment = resultCommitment({
      chainId: v.chain_id, jobId: BigInt(v.job), worker: toBech32('assay', bytes(v.worker)), programRoot: bytes(v.program_root), weightsRoot: bytes(v.weights_root),
      execution, inputRoot: bytes(v.input_root), outputRoot: bytes(v.output_root), ...(v.trace_root && { traceRoot: bytes(v.trace_root) }),
    });
    assert.equal(hex(commitment), v.commitment, v.name);
  }
});

test('duties fall as the chain draws them', () => {
  interface Vector {
    name: string; randomness: string; job: string; lambda_ppm: string; total_power: string;
    candidates: { operator: string; power: string; related: boolean; hash: string; drawn: boolean; rank: number }[];
  }
  const all = vectors<Vector[]>('duty');
  assert.ok(all.length > 0);
  for (const v of all) {
    const drawn: { rank: number; number: bigint }[] = [];
    for (const c of v.candidates) {
      const number = dutyNumber(bytes(v.randomness), BigInt(v.job), toBech32('assay', bytes(c.operator)));
      assert.equal(number.toString(16).padStart(64, '0'), c.hash, v.name);
      const is = !c.related && isDrawn(number, BigInt(v.lambda_ppm), BigInt(c.power), BigInt(v.total_power));
      assert.equal(is, c.drawn, `${v.name}: ${c.operator}`);
      if (is) drawn.push({ rank: c.rank, number });
    }
    drawn.sort((a, b) => (a.number < b.number ? -1 : 1));
    assert.deepEqual(drawn.map((d) => d.rank), drawn.map((_, i) => i), v.name);
  }
});
