import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Job, JobState } from '../chain/generated/assay/compute/v1/compute.js';
import { hasCode } from '../errors.js';
import { checkChained } from './index.js';

const root = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const step = (id: number, inputs: readonly number[], outputs: readonly number[], more: Partial<Job> = {}): Job =>
  Job.fromPartial({
    id: BigInt(id), state: JobState.JOB_STATE_FINAL, program: { root: root(100) }, weightsRoot: root(101),
    inputDataRoots: inputs.map(root), outputDataRoots: outputs.map(root), ...more,
  });

test('jobs are chained when each takes what the one before gave', () => {
  checkChained([step(1, [1, 2, 9], [3, 4]), step(2, [3, 4, 9], [5, 6]), step(3, [5, 6, 9], [7, 8])], 2);
  checkChained([step(1, [1], [2])], 1);
  const first = step(1, [1, 2], [3, 4]);
  const breaks: [string, Job, number][] = [
    ['a swapped tensor', step(2, [3, 5], [6, 7]), 2],
    ['tensors in another order', step(2, [4, 3], [6, 7]), 2],
    ['too few tensors', step(2, [3], [6]), 2],
    ['another program', step(2, [3, 4], [6, 7], { program: { ...first.program!, root: root(99) } }), 2],
    ['other weights', step(2, [3, 4], [6, 7], { weightsRoot: root(98) }), 2],
    ['a job that is not final', step(2, [3, 4], [6, 7], { state: JobState.JOB_STATE_COMMITTED }), 2],
    ['a convicted job', step(2, [3, 4], [6, 7], { state: JobState.JOB_STATE_FAULTED }), 2],
  ];
  for (const [what, job, carried] of breaks) {
    assert.throws(() => checkChained([first, job], carried), (e) => hasCode(e, 'CHAIN_BROKEN') && /job 2/.test(String(e)), what);
  }
});
