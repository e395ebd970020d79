import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GenericAuthorization } from 'cosmjs-types/cosmos/authz/v1beta1/authz';
import { MsgExec, MsgGrant } from 'cosmjs-types/cosmos/authz/v1beta1/tx';
import { VoteOption } from 'cosmjs-types/cosmos/gov/v1/gov';
import { MsgVote } from 'cosmjs-types/cosmos/gov/v1/tx';
import { governanceAddress, proposalOutcome, propose, vote } from '../../devnet/governance.js';
import { createQueries, message, messageRegistry, type Message } from '../../src/chain/index.js';
import { Params } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { MsgRegisterWorker, MsgUpdateParams } from '../../src/chain/generated/assay/compute/v1/tx.js';
import { ArtifactKind } from '../../src/chain/generated/assay/registry/v1/registry.js';
import { MsgDeprecateArtifact, MsgPublishArtifact, MsgPublishArtifactResponse } from '../../src/chain/generated/assay/registry/v1/tx.js';
import { createLogger } from '../../src/log.js';
import { sleep } from '../../src/shutdown.js';
import { startGraphql } from '../../graphql/index.js';
import { dump, emptyDatabase, firstDifference, quickIndexer } from '../support/index-run.js';
import { startNode } from '../support/node.js';
import { startPostgres } from '../support/postgres.js';

// The index of a real chain must say what the chain's own state says. Skipped where the chain's binary is not built.

test('the index agrees with a real chain: hashes, genesis, publications, authz, governance', { timeout: 300_000 }, async (t) => {
  const node = await startNode(['alice', 'bob']);
  if ('skip' in node) return t.skip(node.skip);
  const postgres = await startPostgres();
  const database = await emptyDatabase();
  const indexer = await quickIndexer(database, [node.rpc], { chainId: node.chainId });
  const server = await startGraphql({ database, port: 0, logger: createLogger({ name: 'test', level: 'silent' }) });
  const ask = async (query: string): Promise<Record<string, never>> => {
    const response = await fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
    const { data, errors } = (await response.json()) as { data: Record<string, never>; errors?: unknown };
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  };
  try {
    const [alice, bob, validator] = await Promise.all(['alice', 'bob', 'validator-0'].map((name) => node.sender(name)));
    const dataset = await alice!.call(
      message(MsgPublishArtifact, MsgPublishArtifact.fromPartial({ publisher: alice!.address, kind: ArtifactKind.ARTIFACT_KIND_DATASET, name: 'lines <of> "text" & é😀', licence: 'MIT', manifestRoot: new Uint8Array(32).fill(7), entries: 3n, uris: ['https://example.org/lines'], defaultTolerance: { abs: '0', rel: '0' } })),
      MsgPublishArtifactResponse,
    );
    await alice!.send([message(MsgDeprecateArtifact, { publisher: alice!.address, artifactId: dataset.response.artifactId, reason: 'a better one' })]);
    // One account acts for another: the message is inside MsgExec.
    const workerUrl = `/${MsgRegisterWorker.$type}`;
    const grant = (granter: string, msg: string): Message => ({
      typeUrl: MsgGrant.typeUrl,
      value: MsgGrant.fromPartial({ granter, grantee: bob!.address, grant: { authorization: { typeUrl: GenericAuthorization.typeUrl, value: GenericAuthorization.encode({ msg }).finish() } } }),
    });
    await alice!.send([grant(alice!.address, workerUrl)]);
    await validator!.send([grant(validator!.address, MsgVote.typeUrl)]);
    const exec = (inner: Message): Message => ({ typeUrl: MsgExec.typeUrl, value: MsgExec.fromPartial({ grantee: bob!.address, msgs: [messageRegistry.encodeAsAny(inner)] }) });
    await bob!.send([exec(message(MsgRegisterWorker, { worker: alice!.address, endpoint: 'https://worker.example', owner: '' }))]);
    // A transaction that fails in its handler stands in a block all the same.
    await assert.rejects(bob!.send([message(MsgDeprecateArtifact, { publisher: bob!.address, artifactId: dataset.response.artifactId, reason: 'not mine' })], { gas: 200_000 }));

    const authority = await governanceAddress(node.client);
    const before = (await node.client.query.compute.Params({ version: 0n })).params!.params!;
    const proposalId = await propose(alice!, { title: 'A longer window', summary: 'One block more', deposit: { amount: '1000000', denom: 'uassay' }, messages: [message(MsgUpdateParams, { authority, params: { ...before, windowBlocks: before.windowBlocks + 1n } })] });
    await bob!.send([exec({ typeUrl: MsgVote.typeUrl, value: MsgVote.fromPartial({ proposalId, voter: validator!.address, option: VoteOption.VOTE_OPTION_NO }) })]);
    await vote(validator!, proposalId);
    while ((await proposalOutcome(node.client, proposalId)) === undefined) await sleep(300);
    assert.equal(await proposalOutcome(node.client, proposalId), 'PASSED');
    const head = (await node.client.head()).height;
    await indexer.reached(head, 60_000);

    const { artifacts, worker, proposal, params, verifiers, snapshots, messages, transactions, indexer: status } = (await ask(`{
      artifacts { edges { node { artifactId name status statusReason licence entries height uris } } }
      worker(address: "${alice!.address}") { endpoint owner }
      proposal(proposalId: ${proposalId}) { status title proposer changedParams { module path before after } votes { voter options { option weight } } voterTally { yes no voters } stakeTally { yes no } messages { typeUrl } deposits { amount } }
      params { module value version }
      verifiers { edges { node { operator deposit leaving } } }
      snapshots { edges { node { epoch totalPower } } }
      messages(filter: { typeUrl: { in: ["${workerUrl}", "${MsgVote.typeUrl}"] } }, orderBy: HEIGHT_ASC) { edges { node { path typeUrl executed } } }
      transactions(filter: { code: { gte: 1 } }) { edges { node { code log decoded } } }
      indexer { chainId }
    }`)) as Record<string, { [key: string]: never }>;
    const nodes = (connection: unknown) => (connection as { edges: { node: Record<string, unknown> }[] }).edges.map((e) => e.node);
    assert.deepEqual(nodes(artifacts), [{ artifactId: String(dataset.response.artifactId), name: 'lines <of> "text" & é😀', status: 'DEPRECATED', statusReason: 'a better one', licence: 'MIT', entries: '3', height: dataset.height, uris: ['https://example.org/lines'] }]);
    assert.equal((worker as unknown as { endpoint: string }).endpoint, 'https://worker.example');
    assert.deepEqual(nodes(messages).map((m) => [m['path'], m['typeUrl'], m['executed']]), [['0.0', workerUrl, true], ['0.0', MsgVote.typeUrl, true], ['0', MsgVote.typeUrl, true]]);
    assert.equal(nodes(transactions).length, 1);
    assert.equal((status as unknown as { chainId: string }).chainId, node.chainId);

    // Against the chain's own state, at the same height.
    const state = createQueries(node.client.comet, head);
    const { proposal: told } = await node.client.query.gov.Proposal({ proposalId });
    const p = proposal as unknown as { status: string; proposer: string; changedParams: unknown; votes: unknown; voterTally: unknown; stakeTally: { yes: string; no: string }; messages: unknown };
    assert.deepEqual([p.status, p.proposer, p.messages], ['PASSED', alice!.address, [{ typeUrl: `/${MsgUpdateParams.$type}` }]]);
    assert.deepEqual(p.changedParams, [{ module: 'compute', path: 'window_blocks', before: String(before.windowBlocks), after: String(before.windowBlocks + 1n) }]);
    assert.deepEqual(p.votes, [{ voter: validator!.address, options: [{ option: 'YES', weight: '1' }] }], 'the later vote replaced the earlier one');
    assert.deepEqual(p.voterTally, { yes: 1, no: 0, voters: 1 });
    assert.deepEqual(p.stakeTally, { yes: told!.finalTallyResult!.yesCount, no: told!.finalTallyResult!.noCount });
    const indexed = new Map((params as unknown as { module: string; value: Record<string, unknown>; version: string | null }[]).map((x) => [x.module, x]));
    assert.equal(indexed.get('compute')?.version, String((await state.compute.Params({ version: 0n })).params!.version));
    assert.deepEqual(Params.fromJSON(indexed.get('compute')!.value), (await state.compute.Params({ version: 0n })).params!.params);
    assert.ok(['gov', 'staking', 'dispute', 'registry', 'beacon'].every((module) => indexed.has(module)));
    const chainVerifier = (await state.compute.Verifiers({ pagination: undefined })).verifiers;
    assert.deepEqual(nodes(verifiers), chainVerifier.map((v) => ({ operator: v.operator, deposit: v.deposit, leaving: v.leaving })));
    assert.ok(nodes(snapshots).length >= 1);
    assert.match(await indexer.metrics.registry.metrics(), /assay_indexer_unread_events_total 0\n/);

    // A second index, filled at once instead of block by block and on Postgres where it runs, is the same.
    await indexer.stop();
    const other = await emptyDatabase('skip' in postgres ? undefined : { url: await postgres.url('index') });
    const again = await quickIndexer(other, [node.rpc]);
    await again.reached(head, 60_000);
    await again.stop();
    assert.equal(firstDifference(await dump(database, head), await dump(other, head)), undefined);
    t.diagnostic(`${head} real blocks verified and indexed twice, on pglite and ${other.kind}${'skip' in postgres ? ` (${postgres.skip})` : ''}`);
    await other.close();
  } finally {
    await server.stop();
    await indexer.stop();
    await database.close();
    await node.stop();
    if (!('skip' in postgres)) await postgres.stop();
  }
});
