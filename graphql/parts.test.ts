import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphQLError } from 'graphql';
import { AssayError } from '../src/errors.js';
import { maskError } from './errors.js';
import { globalId, parseGlobalId } from './id.js';
import { changedPaths } from './param-diff.js';
import { tallyByVoters } from './tally.js';

test('only leaves that differ are listed, with where they stand', () => {
  const before = { window: '20', profiles: [{ name: 'a', rho: '1' }], kept: { x: 1 }, gone: true };
  const after = { window: '40', profiles: [{ name: 'a', rho: '2' }], kept: { x: 1 }, added: [1] };
  assert.deepEqual(changedPaths('compute', before, after), [
    { module: 'compute', path: 'added', before: undefined, after: [1] },
    { module: 'compute', path: 'gone', before: true, after: undefined },
    { module: 'compute', path: 'profiles[0].rho', before: '1', after: '2' },
    { module: 'compute', path: 'window', before: '20', after: '40' },
  ]);
  assert.deepEqual(changedPaths('m', [1, 2], [1, 2]), []);
  assert.deepEqual(changedPaths('m', undefined, { a: 1 }), [{ module: 'm', path: '', before: undefined, after: { a: 1 } }]);
});

test('heads are counted by the heaviest part of a vote', () => {
  const vote = (...options: [string, string][]) => ({ options: options.map(([option, weight]) => ({ option, weight })) });
  assert.deepEqual(tallyByVoters([vote(['YES', '1']), vote(['NO', '0.4'], ['ABSTAIN', '0.6']), vote(['NO_WITH_VETO', '0.5'], ['YES', '0.5'])]), { yes: 1, no: 0, abstain: 1, noWithVeto: 1, voters: 3 });
});

test('ids are opaque, lead back, and forged ones are refused', () => {
  assert.deepEqual(parseGlobalId(globalId('Transaction', '7/0')), { type: 'Transaction', key: '7/0' });
  for (const forged of ['', 'Job:1', Buffer.from('Nobody:1').toString('base64url'), Buffer.from('Job:').toString('base64url')]) {
    assert.throws(() => parseGlobalId(forged), (e) => e instanceof GraphQLError && e.extensions['code'] === 'BAD_USER_INPUT');
  }
});

test('the caller sees our errors with their code, and of others nothing', () => {
  const reported: unknown[] = [];
  const code = (error: unknown) => {
    const masked = maskError(error, (e) => reported.push(e)) as GraphQLError;
    return [masked.extensions['code'], masked.message];
  };
  assert.deepEqual(code(new GraphQLError('x', { originalError: new AssayError('NOTHING_INDEXED', 'the index is empty') })), ['NOTHING_INDEXED', 'the index is empty']);
  const secret = new Error('select * from jobs where password = 1');
  assert.deepEqual(code(new GraphQLError(secret.message, { originalError: secret })), ['INTERNAL', 'something went wrong here']);
  assert.deepEqual(code(secret), ['INTERNAL', 'something went wrong here']);
  assert.deepEqual(reported, [secret, secret]);
  assert.deepEqual(code(new GraphQLError('no such field')), ['BAD_USER_INPUT', 'no such field']);
});
