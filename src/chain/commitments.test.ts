import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hasCode } from '../errors.js';
import { commitmentsOf, readCommitments, type Commitments, type Queries } from './index.js';
import { Job, Profile } from './generated/assay/compute/v1/compute.js';
import { QueryParamsResponse } from './generated/assay/compute/v1/query.js';

interface Vector {
  name: string;
  profile: { gradual_underflow: boolean; weight_block: number; constants: { op: string; rho: string; alpha: string }[] };
  constants: Commitments['constants'];
}

// Written by chain/x/dispute/types from the very conversion that the chain judges with.
const vectors = JSON.parse(readFileSync(new URL('../../../test/vectors/constants.json', import.meta.url), 'utf8')) as Vector[];
const profileOf = (v: Vector, name: string): Profile =>
  Profile.fromPartial({
    name, gradualUnderflow: v.profile.gradual_underflow, weightBlock: v.profile.weight_block,
    constants: v.profile.constants.map((c) => ({ op: c.op, rho: BigInt(c.rho), alpha: BigInt(c.alpha) })),
  });
const job = Job.fromPartial({
  id: 1n, profile: 'p', paramsVersion: 3n, program: { root: new Uint8Array(32).fill(1), inputs: 1, weights: 3, values: 4, nodes: 2, outputs: 5 },
  weightsRoot: new Uint8Array(32).fill(2), inputRoot: new Uint8Array(32).fill(3), outputRoot: new Uint8Array(32).fill(4),
  tolerance: { abs: '0.000010000000000000', rel: '1000000000000000' },
});

test('the constants of a profile are those that the chain judges under', () => {
  assert.ok(vectors.length >= 5 && vectors.some((v) => v.constants.exp.ulps !== 2) && vectors.some((v) => v.constants.weight_block > 0));
  for (const v of vectors) {
    const other = Profile.fromPartial({ name: 'other', constants: [{ op: 'Exp', rho: 77n }] });
    assert.deepEqual(commitmentsOf(job, [other, profileOf(v, 'p')]).constants, v.constants, v.name);
  }
  assert.throws(() => commitmentsOf(job, [profileOf(vectors[0]!, 'other')]), (e) => hasCode(e, 'PROFILE_UNKNOWN'));
});

test('commitments hold what the chain holds; a root that is not committed yet stays empty', () => {
  const { constants: _, ...c } = commitmentsOf(job, [Profile.fromPartial({ name: 'p' })]);
  const hex = (byte: string): string => byte.repeat(32);
  assert.deepEqual(c, {
    program_root: hex('01'), counts: { inputs: 1, weights: 3, values: 4, nodes: 2, outputs: 5 }, weights_root: hex('02'), input_root: hex('03'), output_root: hex('04'), trace_root: '',
    tolerance_abs: '10000000000000', tolerance_rel: '1000000000000000',
  });
});

test('commitments are read under the version of the parameters that the claim pinned, not the newest', async () => {
  const [pinned, newest] = [vectors.find((v) => v.constants.exp.ulps !== 2)!, vectors[0]!];
  const Params = ({ version }: { version: bigint }): Promise<QueryParamsResponse> =>
    Promise.resolve(QueryParamsResponse.fromPartial({ params: { version, params: { profiles: [profileOf(version === 3n ? pinned : newest, 'p')] } } }));
  // Only the one query is asked.
  const query = { compute: { Params } } as unknown as Queries;
  assert.deepEqual((await readCommitments(query, job)).constants, pinned.constants);
  assert.notDeepEqual(pinned.constants, newest.constants);
});
