import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edit, end, endAll, fact, type Change } from '../project/changes.js';
import { fold, type CurrentRows } from './fold.js';
import { keyOf, type EntityName, type Row } from './entities.js';

/** Current rows as a database would hold them. */
function stored(rows: Partial<Record<EntityName, readonly Row[]>> = {}): CurrentRows {
  const all = (entity: EntityName) => rows[entity] ?? [];
  return {
    one: async (entity, key) => all(entity).find((row) => keyOf(entity, row) === keyOf(entity, key)),
    all: async (entity, where) => all(entity).filter((row) => Object.entries(where).every(([k, v]) => row[k] === v)),
  };
}
const worker = (endpoint: string): Change => ({ op: 'put', entity: 'workers', row: { address: 'w', endpoint } });
const block = (height: number, ...changes: Change[]) => ({ height, changes });

test('a thing that a block touches often gets one version, the last', async () => {
  const { versions, ends } = await fold([block(5, worker('a'), worker('b'), worker('c'))], stored());
  assert.deepEqual(versions, [{ entity: 'workers', version: { row: { address: 'w', endpoint: 'c' }, validFrom: 5, validTo: null } }]);
  assert.deepEqual(ends, []);
});

test('versions of one batch follow each other, and the stored one ends where the first begins', async () => {
  const { versions, ends } = await fold([block(5, worker('a')), block(6), block(7, worker('b'))], stored({ workers: [{ address: 'w', endpoint: 'old' }] }));
  assert.deepEqual(versions.map((v) => [v.version.row['endpoint'], v.version.validFrom, v.version.validTo]), [['a', 5, 7], ['b', 7, null]]);
  assert.deepEqual(ends, [{ entity: 'workers', key: { address: 'w', endpoint: 'old' }, at: 5 }]);
});

test('a change that changes nothing writes nothing', async () => {
  const { versions, ends } = await fold([block(5, worker('same'))], stored({ workers: [{ address: 'w', endpoint: 'same', owner: null }] }));
  assert.deepEqual([versions, ends], [[], []]);
});

test('an end closes what holds; what never held after a block leaves no trace; a later start begins anew', async () => {
  const gone = end('workers', { address: 'w' });
  assert.deepEqual((await fold([block(5, worker('a'), gone)], stored())).versions, []);
  assert.deepEqual((await fold([block(5, gone)], stored())).ends, []);
  const { versions, ends } = await fold([block(5, gone), block(8, worker('b'))], stored({ workers: [{ address: 'w', endpoint: 'old' }] }));
  assert.deepEqual(ends.map((e) => e.at), [5]);
  assert.deepEqual(versions.map((v) => [v.version.validFrom, v.version.validTo]), [[8, null]]);
});

test('an edit keeps other columns, sees earlier blocks of the batch, and leads to further changes', async () => {
  const seen: unknown[] = [];
  const rename = edit('proposals', { id: 1n }, { status: 'PASSED' }, (row) => {
    seen.push(row);
    return [fact('deposits', { height: 6, position: 0, proposalId: 1n, depositor: 'd', amount: '1' })];
  });
  const put: Change = { op: 'put', entity: 'proposals', row: { id: 1n, status: 'VOTING_PERIOD', title: 't' } };
  const { versions, facts } = await fold([block(5, put), block(6, rename)], stored());
  assert.deepEqual(versions.map((v) => v.version.row), [{ id: 1n, status: 'VOTING_PERIOD', title: 't' }, { id: 1n, status: 'PASSED', title: 't' }]);
  assert.equal(facts.length, 1);
  assert.deepEqual(seen, [{ id: 1n, status: 'PASSED', title: 't' }]);
  assert.deepEqual((await fold([block(6, rename)], stored())).facts, [], 'nothing to edit, nothing happens');
});

test('all votes of one proposal end together, stored ones and those of the batch, and no others', async () => {
  const vote = (proposalId: bigint, voter: string): Change => ({ op: 'put', entity: 'votes', row: { proposalId, voter, options: [] } });
  const { versions, ends } = await fold([block(5, vote(1n, 'b'), vote(2n, 'b')), block(6, endAll('votes', { proposalId: 1n }))], stored({ votes: [{ proposalId: 1n, voter: 'a', options: [] }, { proposalId: 2n, voter: 'a', options: [] }] }));
  assert.deepEqual(ends.map((e) => [e.key['proposalId'], e.key['voter'], e.at]), [[1n, 'a', 6]]);
  assert.deepEqual(versions.map((v) => [v.version.row['proposalId'], v.version.validTo]), [[1n, 6], [2n, null]]);
});
