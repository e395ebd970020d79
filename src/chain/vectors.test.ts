import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { toBech32 } from '@cosmjs/encoding';
import { rootOfRoots } from '../merkle/index.js';
import { DEFAULT_PREFIX, drawElements, dutyNumber, executionHash, isDrawn, resultCommitment, splitFee } from './index.js';
import { Execution } from './generated/assay/compute/v1/compute.js';

// Golden vectors of chain/x/compute (test/vectors/README.md): Go wrote them, both sides check them.
const vectors = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../../test/vectors/${name}.json`, import.meta.url), 'utf8'));
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');
const address = (raw: string): string => toBech32(DEFAULT_PREFIX, bytes(raw));

interface Draw {
  name: string;
  randomness: string;
  job: string;
  lambda_ppm: string;
  total_power: string;
  candidates: { operator: string; power: string; related: boolean; hash: string; drawn: boolean; rank: number }[];
}

test('duty draws agree with the chain', () => {
  const draws = vectors('duty') as Draw[];
  assert.ok(draws.length >= 8 && draws.some((d) => d.candidates.some((c) => c.drawn)) && draws.some((d) => d.candidates.some((c) => !c.drawn && !c.related)));
  for (const draw of draws) {
    const drawn: { operator: string; number: bigint }[] = [];
    for (const c of draw.candidates) {
      const number = dutyNumber(bytes(draw.randomness), BigInt(draw.job), address(c.operator));
      assert.equal(number, BigInt(`0x${c.hash}`), draw.name);
      const hit = !c.related && isDrawn(number, BigInt(draw.lambda_ppm), BigInt(c.power), BigInt(draw.total_power));
      assert.equal(hit, c.drawn, draw.name);
      if (hit) drawn.push({ operator: c.operator, number });
    }
    drawn.sort((a, b) => (a.number < b.number ? -1 : 1));
    for (const c of draw.candidates) assert.equal(drawn.findIndex((d) => d.operator === c.operator), c.rank, draw.name);
  }
});

interface ResidualDraw {
  randomness: string;
  job: string;
  total: string;
  drawn: string[];
}

test('draws of elements agree with chain/audit', () => {
  const draws = vectors('residual') as ResidualDraw[];
  assert.ok(draws.length >= 6);
  for (const d of draws) assert.deepEqual(drawElements(bytes(d.randomness), BigInt(d.job), BigInt(d.total), d.drawn.length).map(String), d.drawn, d.total);
  assert.throws(() => drawElements(new Uint8Array(32), 1n, 0n, 1), RangeError);
  assert.throws(() => drawElements(new Uint8Array(31), 1n, 1n, 1), RangeError);
});

interface Money {
  fee: string;
  worker_ppm: number;
  verifier_ppm: number;
  pool_ppm: number;
  fulfilled: number;
  relay_fee: string;
  worker: string;
  each: string;
  pool: string;
  relay: string;
  dust: string;
}

test('money splits agree with the chain, to the last unit', () => {
  const splits = vectors('money') as Money[];
  assert.ok(splits.length >= 18);
  for (const m of splits) {
    const shares = { workerPpm: BigInt(m.worker_ppm), verifierPpm: BigInt(m.verifier_ppm), poolPpm: BigInt(m.pool_ppm) };
    const s = splitFee(shares, BigInt(m.fee), m.fulfilled, BigInt(m.relay_fee));
    assert.deepEqual(s, { worker: BigInt(m.worker), each: BigInt(m.each), pool: BigInt(m.pool), relay: BigInt(m.relay), dust: BigInt(m.dust) });
    assert.equal(s.worker + s.each * BigInt(m.fulfilled) + s.pool + s.relay + s.dust, BigInt(m.fee));
  }
});

interface Commitment {
  name: string;
  chain_id: string;
  job: string;
  worker: string;
  program_root: string;
  weights_root: string;
  execution: { profile: string; runtime: string; version: string; library_hash: string; instruction_set: string; threads: number };
  execution_bytes: string;
  execution_hash: string;
  input_data_roots: string[];
  input_root: string;
  output_data_roots: string[];
  output_root: string;
  trace_root: string;
  commitment: string;
}

test('commitments agree with the chain', () => {
  const list = vectors('commitment') as Commitment[];
  assert.ok(list.length >= 3);
  for (const c of list) {
    const e = c.execution;
    const execution = Execution.fromPartial({
      profile: e.profile, runtime: e.runtime, version: e.version, libraryHash: bytes(e.library_hash), instructionSet: e.instruction_set, threads: e.threads,
    });
    assert.equal(hex(Execution.encode(execution).finish()), c.execution_bytes, c.name);
    assert.equal(hex(executionHash(execution)), c.execution_hash, c.name);
    assert.equal(hex(rootOfRoots(c.input_data_roots.map(bytes))), c.input_root, c.name);
    assert.equal(hex(rootOfRoots(c.output_data_roots.map(bytes))), c.output_root, c.name);
    const commitment = resultCommitment({
      chainId: c.chain_id, jobId: BigInt(c.job), worker: address(c.worker), programRoot: bytes(c.program_root), weightsRoot: bytes(c.weights_root), execution,
      inputRoot: bytes(c.input_root), outputRoot: bytes(c.output_root), ...(c.trace_root === '' ? {} : { traceRoot: bytes(c.trace_root) }),
    });
    assert.equal(hex(commitment), c.commitment, c.name);
  }
});
