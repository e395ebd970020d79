import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { AssayError } from '../errors.js';
import { createCometClient } from './index.js';
import { exchange, MAX_BATCH, parseAnswers } from './endpoint.js';
import { base64Bytes, height, hexBytes, int64, list, time } from './json.js';

const coded = (code: string, decision?: string) => (e: unknown) => e instanceof AssayError && e.code === code && (decision === undefined || e.decision === decision);

test('checkers return what they are given, in its type, or say where it is wrong', () => {
  assert.equal(int64('-9223372036854775808', 'x'), -9223372036854775808n);
  assert.equal(int64(undefined, 'x'), 0n);
  assert.equal(height('9007199254740991', 'x'), 9007199254740991);
  assert.deepEqual([...hexBytes('00Ff', 'x')], [0, 255]);
  assert.deepEqual([...base64Bytes('AP8=', 'x')], [0, 255]);
  assert.deepEqual(list(null, 'x'), []);
  assert.deepEqual(time('2026-11-22T10:51:06.695671312Z', 'x'), { seconds: 1795344666n, nanos: 695671312 });
  assert.deepEqual(time('2026-11-22T10:51:06Z', 'x'), { seconds: 1795344666n, nanos: 0 });
  for (const wrong of [() => int64('1e3', 'x'), () => int64(1.5, 'x'), () => height('-1', 'x'), () => height('9007199254740992', 'x'), () => hexBytes('0g', 'x'), () => hexBytes('000', 'x'), () => base64Bytes('A', 'x'), () => base64Bytes('A*==', 'x'), () => list({}, 'x'), () => time('2026-11-22', 'x'), () => time('2026-11-22T10:51:06+01:00', 'x')]) {
    assert.throws(wrong, (e) => e instanceof AssayError && e.code === 'RPC_MALFORMED' && e.message.includes(' at x'));
  }
});

test('answers find their calls by id; a refused batch rejects at once instead of hanging', () => {
  const calls = [{ method: 'a', params: {} }, { method: 'b', params: {} }];
  const answer = (id: unknown, result: unknown) => ({ jsonrpc: '2.0', id, result });
  assert.deepEqual(parseAnswers(JSON.stringify([answer(1, 'B'), answer(0, 'A')]), calls), ['A', 'B']);
  assert.deepEqual(parseAnswers(JSON.stringify(answer(0, 'A')), calls.slice(0, 1)), ['A']);
  assert.throws(() => parseAnswers(JSON.stringify([answer(0, 'A')]), calls), coded('RPC_MALFORMED', 'peer'));
  assert.throws(() => parseAnswers(JSON.stringify([answer(0, 'A'), answer(7, 'B')]), calls), coded('RPC_MALFORMED', 'peer'));
  assert.throws(() => parseAnswers('[{', calls), coded('RPC_MALFORMED', 'peer'));
  const error = (data: string) => JSON.stringify({ jsonrpc: '2.0', error: { code: -32600, message: 'Invalid Request', data } });
  assert.throws(() => parseAnswers(error('batch too large'), calls), coded('RPC_REFUSED'));
  assert.throws(() => parseAnswers(error('height 9 must be less than or equal to the current blockchain height 8'), calls), coded('RPC_NOT_AVAILABLE', 'retry'));
  assert.throws(() => parseAnswers(error('height 1 is not available, lowest height is 5'), calls), coded('RPC_NOT_AVAILABLE', 'retry'));
  assert.throws(() => parseAnswers(error('node is not persisting finalize block responses'), calls), coded('RPC_NO_RESULTS'));
});

describe('an exchange', () => {
  let answer: (respond: import('node:http').ServerResponse) => void = () => undefined;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(response));
  });
  let url = '';
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const calls = [{ method: 'status', params: {} }];
  const limits = { timeoutMs: 10_000, maxBytes: 1_000 };
  const hasty = { ...limits, timeoutMs: 200 };

  test('every way to fail has its code and decision', async () => {
    const ok = (r: import('node:http').ServerResponse) => r.end('{"jsonrpc":"2.0","id":0,"result":{}}');
    answer = ok;
    assert.deepEqual(await exchange(url, calls, limits), [{}]);
    for (const status of [429, 502, 503]) {
      answer = (r) => r.writeHead(status).end();
      await assert.rejects(exchange(url, calls, limits), coded('RPC_BUSY', 'retry'));
    }
    answer = () => undefined;
    await assert.rejects(exchange(url, calls, hasty), coded('RPC_TIMEOUT', 'retry'));
    answer = (r) => void r.write('{"jsonrpc"');
    await assert.rejects(exchange(url, calls, hasty), coded('RPC_TIMEOUT', 'retry'));
    answer = (r) => r.end('x'.repeat(2_000));
    await assert.rejects(exchange(url, calls, limits), coded('RPC_TOO_LARGE', 'peer'));
    answer = (r) => r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    await assert.rejects(exchange(url, calls, limits), coded('RPC_UNREACHABLE', 'retry'));
    answer = (r) => {
      r.writeHead(200, { 'content-length': '100' });
      r.write('{', () => r.destroy());
    };
    await assert.rejects(exchange(url, calls, limits), coded('RPC_UNREACHABLE', 'retry'));
    await assert.rejects(exchange('http://127.0.0.1:1', calls, limits), coded('RPC_UNREACHABLE', 'retry'));
    const stop = new AbortController();
    answer = () => stop.abort(new Error('stopped'));
    await assert.rejects(exchange(url, calls, limits, stop.signal), /stopped/);
    await assert.rejects(exchange(url, Array.from({ length: MAX_BATCH + 1 }, () => calls[0]!), limits), coded('RPC_BATCH'));
  });

  test('the next endpoint answers when the first cannot, and a quarantined one is asked no more', async () => {
    answer = (r) => r.end(JSON.stringify({ jsonrpc: '2.0', id: 0, result: { node_info: { network: 'n' }, sync_info: { latest_block_height: '5', earliest_block_height: '1', catching_up: false } } }));
    const client = createCometClient({ urls: ['http://127.0.0.1:1', url], timeoutMs: 10_000 });
    assert.deepEqual(await client.status(), { chainId: 'n', latestHeight: 5, earliestHeight: 1, catchingUp: false, endpoint: url });
    assert.deepEqual(client.endpoints(), [url, 'http://127.0.0.1:1']);
    const lie = new AssayError('DATA_HASH_MISMATCH', 'it lied', { decision: 'peer' });
    client.quarantine(url, lie);
    assert.deepEqual(client.endpoints(), ['http://127.0.0.1:1']);
    await assert.rejects(client.status(), coded('RPC_UNREACHABLE'));
    client.quarantine('http://127.0.0.1:1', lie);
    await assert.rejects(client.status(), coded('DATA_HASH_MISMATCH'));
  });

  test('URLs are checked before anything is asked', () => {
    for (const urls of [[], ['localhost:26657'], ['ftp://x'], ['']]) assert.throws(() => createCometClient({ urls }), coded('RPC_URLS', 'user'));
  });
});
