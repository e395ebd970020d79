import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { EndReason, JobState } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { CommitmentState } from '../../src/chain/generated/assay/dispute/v1/dispute.js';
import { MsgCommitFault } from '../../src/chain/generated/assay/dispute/v1/tx.js';
import { TensorKind } from '../../src/chain/generated/assay/referee/v1/proof.js';
import { message } from '../../src/chain/index.js';
import type { Path } from './path.js';
import { convicted, final, withheld } from './table.js';

const FAULTED = JobState.JOB_STATE_FAULTED;

/** Paths that end FAULTED, and what becomes of proofs that convict nobody. */
export const faultedPaths: readonly Path[] = [
  {
    name: 'FAULTED ARITHMETIC: an outsider proves',
    async run(stage) {
      const { world, outsider } = stage;
      const job = await stage.drawn(world.runs.arithmetic);
      const attesting = stage.attestAll(job.id);
      await stage.challenge(outsider, job.id);
      await attesting;
      await stage.publish(job.id, world.runs.arithmetic);
      await stage.convict(outsider, job.id, world.runs.proofs.arithmetic);
      convicted(stage, outsider.address);
      held(stage, outsider.address, stage.challengeFee(job), stage.proofBond);
      await stage.ended(job.id, FAULTED, EndReason.END_REASON_ARITHMETIC);
      return 'half of the bond to the prover, half burned, challenge fee back, attesters of VALID unpaid';
    },
  },
  {
    name: 'FAULTED OUTPUT: a drawn verifier demands and proves',
    async run(stage) {
      const { world } = stage;
      const verifier = world.verifiers[0]!;
      const run = world.runs.output;
      const job = await stage.drawn(run);
      await stage.challenge(verifier, job.id);
      await stage.publish(job.id, run);
      const demands = [await stage.demand(verifier, job.id, TensorKind.TENSOR_KIND_VALUE, 3), await stage.demand(verifier, job.id, TensorKind.TENSOR_KIND_OUTPUT, 0)];
      for (const demand of demands) await stage.send(stage.worker, await stage.serving(demand, run));
      await stage.convict(verifier, job.id, world.runs.proofs.output);
      const costs = 2n * BigInt(world.dispute.serveFee);
      stage.book.pay(`deposit ${verifier.address}`, costs);
      stage.book.get(stage.worker.address, costs);
      stage.repayDeposit(verifier.address, costs);
      convicted(stage, verifier.address, costs);
      stage.book.pay(`deposit ${verifier.address}`, stage.proofBond);
      stage.book.get(`deposit ${verifier.address}`, stage.proofBond, false);
      await stage.ended(job.id, FAULTED, EndReason.END_REASON_OUTPUT);
      return 'demand costs are repaid into the deposit out of the bond';
    },
  },
  {
    name: 'FAULTED FORMAT: a malformed chunk of an eager trace',
    async run(stage) {
      const { world, outsider } = stage;
      const job = await stage.drawn(world.runs.format, { eager: true });
      await stage.convict(outsider, job.id, world.runs.proofs.format);
      convicted(stage, outsider.address);
      held(stage, outsider.address, stage.proofBond);
      await stage.ended(job.id, FAULTED, EndReason.END_REASON_FORMAT);
      return 'proved without a challenge';
    },
  },
  {
    name: 'FAULTED WITHHELD: T_trace passed, an outsider asked',
    async run(stage) {
      const { world, outsider } = stage;
      const job = await stage.drawn(world.runs.honest);
      await stage.challenge(outsider, job.id);
      const { traceDeadline } = await stage.dispute(job.id);
      const fee = stage.challengeFee(job);
      withheld(stage, outsider.address, fee);
      held(stage, outsider.address, fee);
      const end = await stage.ended(job.id, FAULTED, EndReason.END_REASON_WITHHELD);
      assert.equal(end.endHeight, traceDeadline);
      return `T_trace passed at ${traceDeadline}; twice its fee and a duty’s share to the challenger`;
    },
  },
  {
    name: 'FAULTED WITHHELD: T_trace passed, a drawn verifier asked',
    async run(stage) {
      const { world } = stage;
      const job = await stage.drawn(world.runs.honest);
      await stage.challenge(world.verifiers[0]!, job.id);
      withheld(stage, world.verifiers[0]!.address, 0n);
      const end = await stage.ended(job.id, FAULTED, EndReason.END_REASON_WITHHELD);
      return `T_trace passed at ${end.endHeight}; a duty’s share to the verifier`;
    },
  },
  {
    name: 'FAULTED WITHHELD: T_serve passed',
    async run(stage) {
      const { world, outsider } = stage;
      const run = world.runs.format;
      const job = await stage.drawn(run, { eager: true });
      const demand = await stage.demand(outsider, job.id, TensorKind.TENSOR_KIND_VALUE, 1);
      // What the worker committed to is malformed: it serves no demand, even though it hashes to the root.
      await stage.refused('dispute/21', stage.worker, await stage.serving(demand, run));
      const paid = BigInt(demand.serveFee) + BigInt(demand.demandFee);
      withheld(stage, outsider.address, paid);
      held(stage, outsider.address, paid);
      const end = await stage.ended(job.id, FAULTED, EndReason.END_REASON_WITHHELD);
      assert.equal(end.endHeight, world.feed.demands.get(demand.id)!.deadline);
      return `T_serve passed at ${end.endHeight}; a malformed chunk serves nothing`;
    },
  },
  {
    name: 'FAULTED: provers race',
    async run(stage) {
      const { world, outsiders } = stage;
      const job = await stage.drawn(world.runs.format, { eager: true });
      const proof = world.runs.proofs.format;
      const [oldest, middle, youngest] = [outsiders[0]!, outsiders[1]!, outsiders[2]!];
      const first = await stage.commitFault(oldest, job.id, proof);
      const second = await stage.commitFault(middle, job.id, proof);
      const third = await stage.commitFault(youngest, job.id, proof);
      assert.equal((await stage.proveFault(second)).convicted, true);
      assert.equal(await stateOf(stage, job.id, third.id), CommitmentState.COMMITMENT_STATE_RETURNED, 'a younger bond returns at once');
      assert.equal((await stage.proveFault(first)).convicted, true, 'an older commitment may still prove');
      convicted(stage, oldest.address);
      for (const o of [oldest, middle, youngest]) held(stage, o.address, stage.proofBond);
      await stage.ended(job.id, FAULTED, EndReason.END_REASON_FORMAT);
      assert.equal((await stage.dispute(job.id)).prover, middle.address, 'the verdict stays');
      return 'the second convicts, the reward goes to the oldest commitment, the youngest bond returns';
    },
  },
  {
    name: 'FAULTED: an older commitment is never revealed',
    async run(stage) {
      const { world, outsiders } = stage;
      const job = await stage.drawn(world.runs.format, { eager: true });
      const proof = world.runs.proofs.format;
      const silent = await stage.commitFault(outsiders[0]!, job.id, proof);
      await stage.convict(outsiders[1]!, job.id, proof);
      convicted(stage, outsiders[1]!.address);
      held(stage, outsiders[1]!.address, stage.proofBond);
      stage.loseBond(outsiders[0]!.address);
      await stage.ended(job.id, FAULTED, EndReason.END_REASON_FORMAT);
      await world.feed.at(Number(silent.deadline) + 1);
      return `the reward waited for T_reveal at ${silent.deadline}`;
    },
  },
  {
    name: 'Proofs that convict nobody',
    async run(stage) {
      const { world, outsiders } = stage;
      const [a, b, c] = [outsiders[0]!, outsiders[1]!, outsiders[2]!];
      const { proofs, honest, format } = world.runs;
      const [guilty, innocent] = await Promise.all([stage.drawn(format, { eager: true }), stage.drawn(honest, { eager: true })]);

      // Early: in the block of its commitment. The whole transaction fails, so that no bond is taken.
      const early = stage.pledge(a, guilty.id, proofs.format);
      await stage.refused('dispute/25', a, early.commit, stage.reveal({ sender: a, jobId: guilty.id, salt: early.salt, proof: proofs.format }));
      const pledge = await stage.commitFault(a, guilty.id, proofs.format);
      const { hash } = (await world.net.client.query.dispute.Dispute({ jobId: guilty.id, pagination: undefined })).commitments.find((x) => x.id === pledge.id)!;
      // Together, because T_reveal is short.
      await Promise.all([
        // Foreign: somebody commits to a hash that they copied, and reveals what the other one showed.
        stage.send(b, message(MsgCommitFault, { sender: b.address, jobId: guilty.id, hash })).then(() => stage.refused('dispute/26', b, stage.reveal({ ...pledge, sender: b }))),
        // One live commitment a sender; an oversized proof is refused before it is read; another salt is another hash.
        stage.refused('dispute/22', a, stage.pledge(a, guilty.id, proofs.format).commit),
        stage.refused('dispute/27', a, stage.reveal({ ...pledge, proof: new Uint8Array(Number(world.dispute.maxProofBytes) + 1) })),
        stage.refused('dispute/26', a, stage.reveal({ ...pledge, salt: new Uint8Array(randomBytes(32)) })),
      ]);
      assert.equal((await stage.proveFault(pledge)).convicted, true);
      // Replayed: on the same job, and on another.
      await Promise.all([stage.refused('dispute/24', a, stage.reveal(pledge)), stage.refused('dispute/24', a, stage.reveal({ ...pledge, jobId: innocent.id }))]);
      // A proof about another job, properly committed to, and bytes that are no proof: refused, and the bonds are lost.
      const [replayed, garbage] = await Promise.all([stage.commitFault(b, innocent.id, proofs.format), stage.commitFault(c, innocent.id, new Uint8Array(64).fill(0xff))]);
      const verdicts = await Promise.all([stage.proveFault(replayed), stage.proveFault(garbage)]);
      assert.ok(verdicts.every((v) => !v.convicted && v.code !== '' && v.message !== ''), 'refused with a code');
      for (const o of [b, c]) stage.loseBond(o.address);
      held(stage, a.address, stage.proofBond);
      held(stage, b.address, stage.proofBond);
      convicted(stage, a.address);
      final(stage, []);
      await stage.ended(guilty.id, FAULTED, EndReason.END_REASON_FORMAT);
      await stage.ended(innocent.id, JobState.JOB_STATE_FINAL);
      return `early 25, copied 26, second 22, oversized 27, replayed 24; ${verdicts.map((v) => v.code).join(', ')}`;
    },
  },
];

/** What somebody put in and got back whole, with an event: bonds of accounts, fees of challenges and of unserved demands. */
function held(stage: Parameters<Path['run']>[0], party: string, ...amounts: readonly bigint[]): void {
  for (const amount of amounts) {
    stage.book.pay(party, amount);
    stage.book.get(party, amount);
  }
}

async function stateOf(stage: Parameters<Path['run']>[0], jobId: bigint, commitment: bigint): Promise<CommitmentState | undefined> {
  const { commitments } = await stage.world.net.client.query.dispute.Dispute({ jobId, pagination: undefined });
  return commitments.find((c) => c.id === commitment)?.state;
}
