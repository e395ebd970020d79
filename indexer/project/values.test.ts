import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clean } from '../store/clean.js';
import { voteOptions } from './gov.js';
import { moduleParams, normalise } from './params.js';
import * as v from './values.js';

test('what cannot be a number of the chain is refused, so that its event stays raw', () => {
  assert.equal(v.amount(''), 0n);
  assert.equal(v.amount('9'.repeat(78)), BigInt('9'.repeat(78)));
  assert.equal(v.id((1n << 63n) - 1n), (1n << 63n) - 1n);
  assert.equal(v.optionalHeight(0n), null);
  for (const wrong of [() => v.amount('-1'), () => v.amount('1.5'), () => v.amount('9'.repeat(79)), () => v.id(1n << 63n), () => v.id(-1n), () => v.height(1n << 53n)]) assert.throws(wrong, RangeError);
});

test('decimals lose only zeros that say nothing', () => {
  assert.deepEqual(['0.000010000000000000', '1.000000000000000000', '10', '0', '', '100.5'].map(v.decimal), ['0.00001', '1', '10', '0', '0', '100.5']);
});

test('votes are read as gov prints them', () => {
  assert.deepEqual(voteOptions('[{"option":1,"weight":"0.600000000000000000"},{"option":4,"weight":"0.400000000000000000"}]'), [{ option: 'YES', weight: '0.6' }, { option: 'NO_WITH_VETO', weight: '0.4' }]);
  assert.throws(() => voteOptions('{}'), RangeError);
  assert.throws(() => voteOptions('yes'), SyntaxError);
});

test('parameters of SDK modules are spelled as genesis spells them', () => {
  assert.deepEqual(normalise({ votingPeriod: { seconds: '172800', nanos: 0 }, minDeposit: [{ denom: 'uassay', amount: '1' }], nested: { maxAge: { seconds: '1', nanos: 500000000 } } }), { voting_period: '172800s', min_deposit: [{ denom: 'uassay', amount: '1' }], nested: { max_age: '1.5s' } });
  const [change] = moduleParams({ typeUrl: '/cosmos.gov.v1.MsgUpdateParams', value: { authority: 'gov', params: { burnVoteVeto: true } } }, 3n);
  assert.deepEqual(change, { op: 'put', entity: 'params', row: { module: 'gov', version: null, value: { burn_vote_veto: true }, proposalId: 3n } });
  // Ours tell theirs by events; anything else has none.
  assert.deepEqual(moduleParams({ typeUrl: '/assay.compute.v1.MsgUpdateParams', value: { params: {} } }, 3n), []);
  assert.deepEqual(moduleParams({ typeUrl: '/cosmos.gov.v1.MsgUpdateParams', value: null }, 3n), []);
});

test('text that Postgres cannot hold is replaced, everything else passes unchanged', () => {
  assert.equal(clean('a\u0000b\ud800c😀'), 'a\ufffdb\ufffdc😀');
  assert.deepEqual(clean({ 'k\u0000': ['\u0000', 1n, null, { x: true }] }), { 'k\ufffd': ['\ufffd', 1n, null, { x: true }] });
  const [bytes, date] = [Buffer.from([0]), new Date(0)];
  assert.equal(clean(bytes), bytes);
  assert.equal(clean(date), date);
});
