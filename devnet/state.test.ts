import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hasCode } from '../src/errors.js';
import { ProcessSet } from './processes.js';
import { findState, processesOf, readState, runningOf, stopDevnet, writeState } from './state.js';

const dir = mkdtempSync(join(tmpdir(), 'assay-state-'));
after(() => rmSync(dir, { recursive: true, force: true }));

test('a devnet that was left up is found and stopped, a stranger with its pid is not', async () => {
  const set = new ProcessSet(join(dir, 'logs'));
  const ours = set.start({ name: 'ours', command: 'sleep', args: ['30'] });
  const stranger = set.start({ name: 'stranger', command: 'sleep', args: ['31'] });
  const [first, second] = processesOf([ours, stranger]);
  writeState(dir, {
    chainId: 'assay-test', rpc: 'http://127.0.0.1:1', rest: 'http://127.0.0.1:2', graphql: undefined, clientConfig: undefined, artifactId: '1',
    processes: [first!, { ...second!, command: 'sleep 32' }],
  });
  assert.deepEqual(runningOf(readState(dir)).map((p) => p.name), ['ours']);
  assert.equal(await stopDevnet(dir), 1);
  assert.equal(await ours.ended, 'SIGTERM');
  assert.equal(stranger.status(), undefined);
  assert.equal(findState(dir), undefined);
  assert.equal(await stopDevnet(dir), 0);
  await set.stopAll();
});

test('no devnet and a file that is none are coded errors', () => {
  assert.throws(() => readState(dir), (e) => hasCode(e, 'DEVNET_NONE'));
  for (const text of ['not json', '{}', '[]', '{"chainId":1}']) {
    writeFileSync(join(dir, 'state.json'), text);
    assert.throws(() => readState(dir), (e) => hasCode(e, 'DEVNET_STATE'), text);
  }
});
