import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { tinyModel, type TinyModel } from '../../devnet/tiny-model.js';
import { Demand, DemandState } from '../../src/chain/generated/assay/dispute/v1/dispute.js';
import { MsgDemandChunks } from '../../src/chain/generated/assay/dispute/v1/tx.js';
import { TensorKind } from '../../src/chain/generated/assay/referee/v1/proof.js';
import { hasCode } from '../../src/errors.js';
import { open, taggedLeaf } from '../../src/merkle/index.js';
import { float32, programRoot, Runtime, TAGS } from '../../src/onnx/index.js';
import { firstBeyond } from '../../validator/compare.js';
import { demandChunks, nextRange, producerOf, sizeOf } from '../../validator/demand.js';
import { fetchRound } from '../../validator/relay.js';

const runtime = new Runtime();
let model: TinyModel;
before(async () => {
  model = await tinyModel(3, runtime, 300, 16);
});
after(() => runtime.close());

test('outputs are compared under the tolerance that was signed, in either spelling', () => {
  const program = { outputs: [{ kind: 3, index: 0, type: { dtype: 1, dims: [4], layout: 0 } }] } as unknown as TinyModel['prepared']['program'];
  const out = (...values: number[]) => [float32([4], values).data];
  const beyond = (y: number[], z: number[], abs: string, rel: string) => firstBeyond(program, out(...y), out(...z), { abs, rel });
  assert.equal(beyond([1, 2, 3, 4], [1, 2, 3, 4], '0', '0'), undefined);
  assert.equal(beyond([1, 2, 3, 4.0001], [1, 2, 3, 4], '0', '0')?.element, 3);
  assert.equal(beyond([1, 2, 3, 4.0001], [1, 2, 3, 4], '0.001000000000000000', '0'), undefined);
  assert.equal(beyond([1, 2, 3, 4.0001], [1, 2, 3, 4], '1000000000000000', '0'), undefined);
  assert.equal(beyond([1, 2, 3, 4.1], [1, 2, 3, 4], '0', '0.01')?.element, 3);
  assert.equal(beyond([1, 2.3, 3, 4.1], [1, 2, 3, 4], '0', '0.01')?.element, 1, 'the worst one');
  assert.equal(beyond([NaN, 0, 0, 0], [NaN, -0, 0, 0], '0', '0'), undefined);
  assert.equal(beyond([NaN, 0, 0, 0], [1, 0, 0, 0], '100000', '1')?.ratio, Infinity);
  assert.equal(beyond([Infinity, 0, 0, 0], [1, 0, 0, 0], '100000', '1')?.ratio, Infinity);
});

test('a demand opens the records that type its tensors, under the program root', () => {
  const { program } = model.prepared;
  const root = programRoot(program);
  const value = { kind: TensorKind.TENSOR_KIND_VALUE, index: program.values - 1 };
  const output = { kind: TensorKind.TENSOR_KIND_OUTPUT, index: 0 };
  const items = [value, output].map((name) => nextRange(program, name, [], 1n << 20n)!);
  const { value: msg } = demandChunks('assay1x', 5n, program, items) as { value: MsgDemandChunks };
  const node = producerOf(program, value.index);
  const leaves = [taggedLeaf(TAGS.program, msg.records!.header), ...msg.records!.nodes.map((n) => taggedLeaf(TAGS.node, n))];
  assert.deepEqual(open(program.nodes.length + 1, [0, 1 + node], leaves, msg.records!.hashes), root);
  const alone = (demandChunks('assay1x', 5n, program, [items[0]!]) as { value: MsgDemandChunks }).value.records!;
  assert.equal(alone.header.length, 0);
  assert.deepEqual(open(program.nodes.length + 1, [1 + node], [taggedLeaf(TAGS.node, alone.nodes[0]!)], alone.hashes), root);
});

test('ranges cover a tensor once, a demand’s worth at a time', () => {
  const { program } = model.prepared;
  const name = { kind: TensorKind.TENSOR_KIND_VALUE, index: 0 };
  const chunks = Math.ceil(sizeOf(program, name) / 1024);
  assert.ok(chunks > 15, `${chunks} chunks`);
  const demands: Demand[] = [];
  for (let i = 0; ; i++) {
    const item = nextRange(program, name, demands, 4096n);
    if (!item) break;
    assert.equal(item.first, BigInt(4 * i));
    demands.push(Demand.fromPartial({ id: BigInt(i + 1), state: DemandState.DEMAND_STATE_SERVED, tensors: [{ item, dtype: 1, size: 1n }] }));
  }
  assert.equal(demands.length, Math.ceil(chunks / 4));
  const dropped = [Demand.fromPartial({ ...demands[0]!, state: DemandState.DEMAND_STATE_DROPPED })];
  assert.equal(nextRange(program, name, dropped, 4096n)?.first, 0n);
});

test('a round is taken only as a drand relay gives it; the next source is asked', async () => {
  const reply = { body: '' };
  const server = createServer((_, response) => response.end(reply.body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = (sources: string[]) => fetchRound(sources, 7n, { allowPrivate: true });
    const signature = 'ab'.repeat(48);
    reply.body = JSON.stringify({ round: 7, randomness: '', signature });
    assert.equal(Buffer.from(await ask(['http://127.0.0.1:9', url])).toString('hex'), signature);
    for (const body of ['', 'null', '{}', JSON.stringify({ round: 8, signature }), JSON.stringify({ round: 7, signature: 'ab' }), JSON.stringify({ round: 7, signature: `${signature}00` }), 'x'.repeat(9000)]) {
      reply.body = body;
      await assert.rejects(ask([url]), (e) => hasCode(e, 'BEACON_UNAVAILABLE'), body.slice(0, 40));
    }
    await assert.rejects(fetchRound([url], 7n, { allowPrivate: false }), (e) => hasCode(e, 'BLOB_ADDRESS_REFUSED'));
  } finally {
    server.close();
  }
});
