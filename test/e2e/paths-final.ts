import assert from 'node:assert/strict';
import { JobState, Verdict } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { DisputePhase } from '../../src/chain/generated/assay/dispute/v1/dispute.js';
import { TensorKind } from '../../src/chain/generated/assay/referee/v1/proof.js';
import { MsgAttest } from '../../src/chain/generated/assay/compute/v1/tx.js';
import { MsgChallenge, MsgPublishTrace } from '../../src/chain/generated/assay/dispute/v1/tx.js';
import { message } from '../../src/chain/index.js';
import { traceRoot } from '../../src/onnx/index.js';
import type { Path } from './path.js';
import { final } from './table.js';

const FINAL = JobState.JOB_STATE_FINAL;

/** Paths that end FINAL: the worker is paid. */
export const finalPaths: readonly Path[] = [
  {
    name: 'FINAL: every duty fulfilled',
    async run(stage) {
      const job = await stage.drawn(stage.world.runs.honest);
      final(stage, await stage.attestAll(job.id));
      await stage.refused('compute/24', stage.world.verifiers[0]!, message(MsgAttest, { operator: stage.world.verifiers[0]!.address, jobId: job.id, verdict: Verdict.VERDICT_VALID }));
      await stage.ended(job.id, FINAL);
      return 'worker 90 %, verifiers 8 %, pool 2 %, dust burned';
    },
  },
  {
    name: 'FINAL: no duty fulfilled',
    async run(stage) {
      const job = await stage.drawn(stage.world.runs.honest);
      final(stage, []);
      await stage.ended(job.id, FINAL);
      return 'the verifiers’ 8 % go to the pool';
    },
  },
  {
    name: 'FINAL: the window',
    async run(stage) {
      const { world, outsider } = stage;
      const job = await stage.drawn(world.runs.honest);
      final(stage, []);
      assert.equal(job.ready, job.drawnHeight + world.compute.windowBlocks, 'FINAL is possible when the window is over');
      const end = await stage.ended(job.id, FINAL);
      assert.equal(end.endHeight, job.ready, 'FINAL in the last block of the window, not before and not later');
      await stage.refused('dispute/7', outsider, message(MsgChallenge, { sender: outsider.address, jobId: job.id }));
      await stage.refused('compute/13', world.verifiers[0]!, message(MsgAttest, { operator: world.verifiers[0]!.address, jobId: job.id, verdict: Verdict.VERDICT_VALID }));
      return `drawn at ${job.drawnHeight}, FINAL at ${end.endHeight}; what comes later is refused`;
    },
  },
  {
    name: 'FINAL: T_beacon passed once',
    async run(stage) {
      const { world } = stage;
      const { feed, runs } = world;
      const jobId = await stage.submit(runs.honest);
      await stage.claim(jobId);
      // Later than everybody else, who would wait for the same round.
      const { commitBlocks } = world.compute;
      await feed.at(feed.height + Math.floor(Number(commitBlocks) / 3));
      world.withheld.set(jobId, 1);
      await stage.commit(jobId, runs.honest);
      const first = (await feed.job(jobId, 'waiting', (j) => j.beaconTries === 1)).beaconRound;
      const job = await feed.job(jobId, 'drawn', (j) => j.drawnHeight > 0n);
      assert.equal(job.beaconTries, 2);
      assert.ok(job.beaconRound > first, 'another round');
      final(stage, await stage.attestAll(jobId));
      await stage.ended(jobId, FINAL);
      return `round ${first} never came, round ${job.beaconRound} drew the duties`;
    },
  },
  {
    name: 'FINAL: an outsider’s challenge failed',
    async run(stage) {
      const { outsider, world } = stage;
      const job = await stage.drawn(world.runs.honest);
      const attesting = stage.attestAll(job.id);
      await stage.challenge(outsider, job.id);
      await stage.publish(job.id, world.runs.honest);
      final(stage, await attesting);
      stage.halve(outsider.address, stage.challengeFee(job));
      await stage.ended(job.id, FINAL);
      return 'the challenge fee halves: to the worker, and burned';
    },
  },
  {
    name: 'FINAL: T_prove passed after a drawn verifier’s challenge',
    async run(stage) {
      const { world } = stage;
      const [challenger, ...others] = world.verifiers;
      const job = await stage.drawn(world.runs.honest);
      await stage.challenge(challenger!, job.id);
      for (const other of others) await stage.attest(other, job.id);
      await stage.publish(job.id, world.runs.honest);
      const proving = await stage.dispute(job.id);
      assert.equal(proving.phase, DisputePhase.DISPUTE_PHASE_PROVING);
      await world.feed.until('CLEARED', () => (world.feed.disputes.get(job.id)?.phase === DisputePhase.DISPUTE_PHASE_CLEARED ? true : undefined));
      final(stage, world.verifiers.map((v) => v.address), [challenger!.address]);
      const end = await stage.ended(job.id, FINAL);
      assert.ok(end.endHeight > proving.proveDeadline, `FINAL at ${end.endHeight}, after T_prove passed at ${proving.proveDeadline}`);
      return 'CLEARED, then FINAL; the challenger’s share goes to the worker';
    },
  },
  {
    name: 'FINAL: T_reveal passed on a fault commitment',
    async run(stage) {
      const { world, outsider } = stage;
      const job = await stage.drawn(world.runs.honest, { eager: true });
      await stage.refused('dispute/8', outsider, message(MsgChallenge, { sender: outsider.address, jobId: job.id }));
      const pledge = await stage.commitFault(outsider, job.id, world.runs.proofs.none);
      const attested = await stage.attestAll(job.id);
      await world.feed.at(Number(pledge.deadline) + 1);
      await stage.refused('dispute/24', outsider, stage.reveal(pledge));
      stage.loseBond(outsider.address);
      final(stage, attested);
      await stage.ended(job.id, FINAL);
      return 'never revealed: the bond halves, to the worker, and burned';
    },
  },
  {
    name: 'FINAL: a refused proof of a verifier',
    async run(stage) {
      const { world } = stage;
      const verifier = world.verifiers[0]!;
      const job = await stage.drawn(world.runs.honest, { eager: true });
      const verdict = await stage.proveFault(await stage.commitFault(verifier, job.id, world.runs.proofs.none));
      assert.deepEqual([verdict.convicted, verdict.code], [false, 'proof_no_fault']);
      stage.loseBond(`deposit ${verifier.address}`);
      final(stage, []);
      await stage.ended(job.id, FINAL);
      return 'no fault in it: the bond out of the deposit halves';
    },
  },
  {
    name: 'FINAL: demands are served',
    async run(stage) {
      const { world, requester, outsider } = stage;
      const { honest } = world.runs;
      const job = await stage.drawn(honest);
      const verifier = world.verifiers[0]!;
      const [own, other, drawn] = await Promise.all([
        stage.demand(requester, job.id, TensorKind.TENSOR_KIND_OUTPUT, 0),
        stage.demand(outsider, job.id, TensorKind.TENSOR_KIND_WEIGHT, 0),
        stage.demand(verifier, job.id, TensorKind.TENSOR_KIND_INPUT, 0),
        stage.refused('dispute/13', outsider, stage.demandOf(outsider, job.id, TensorKind.TENSOR_KIND_VALUE, 1)),
      ]);
      const fee = BigInt(world.dispute.serveFee);
      assert.deepEqual([own, other, drawn].map((d) => [BigInt(d.serveFee), BigInt(d.demandFee)]), [[fee, 0n], [fee, BigInt(world.dispute.demandFee)], [fee, 0n]]);
      await Promise.all([
        stage.refused('dispute/17', outsider, stage.demandOf(outsider, job.id, TensorKind.TENSOR_KIND_OUTPUT, 0)),
        // A forged chunk hashes to another root.
        stage.refused('dispute/20', stage.worker, await stage.serving(own, honest, (c) => void (c[0]! ^= 1))),
      ]);
      await Promise.all([own, other, drawn].map(async (demand) => stage.send(stage.worker, await stage.serving(demand, honest))));
      await stage.refused('dispute/19', stage.worker, await stage.serving(own, honest));
      for (const party of [requester.address, outsider.address, `deposit ${verifier.address}`]) {
        stage.book.pay(party, fee);
        stage.book.get(stage.worker.address, fee);
      }
      stage.halve(outsider.address, BigInt(world.dispute.demandFee));
      final(stage, []);
      const end = await stage.ended(job.id, FINAL);
      const served = Math.max(...[own, other, drawn].map((d) => Number(world.feed.demands.get(d.id)!.servedHeight)));
      assert.ok(Number(end.endHeight) >= served + Number(world.dispute.revealBlocks), 'whoever got bytes has T_reveal to make a proof of them');
      return 'serve fees to the worker, the demand fee halves';
    },
  },
  {
    name: 'FINAL: two challenges of one worker, one clock',
    async run(stage) {
      const { world, outsider } = stage;
      const { honest } = world.runs;
      const [first, second] = await Promise.all([stage.drawn(honest), stage.drawn(honest)]);
      await stage.challenge(outsider, first.id);
      await stage.challenge(outsider, second.id);
      assert.deepEqual([(await stage.dispute(first.id)).traceClockRunning, (await stage.dispute(second.id)).traceClockRunning], [true, false]);
      await stage.refused('dispute/11', outsider, message(MsgPublishTrace, { worker: outsider.address, jobId: first.id, traceRoot: traceRoot(honest.roots.value) }));
      await stage.publish(first.id, honest);
      assert.equal((await stage.dispute(second.id)).traceClockRunning, true, 'the second clock runs when the first has stopped');
      await stage.publish(second.id, honest);
      for (const job of [first, second]) {
        stage.halve(outsider.address, stage.challengeFee(job));
        final(stage, []);
        await stage.ended(job.id, FINAL);
      }
      return 'the second waits for the first';
    },
  },
];
