import assert from 'node:assert/strict';
import { governanceAddress, proposalOutcome, propose, vote } from '../../devnet/governance.js';
import { EndReason, JobState } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { MsgCancelJob, MsgClaimJob, MsgCommitResult } from '../../src/chain/generated/assay/compute/v1/tx.js';
import { MsgOpenInput, MsgOpenWeight } from '../../src/chain/generated/assay/dispute/v1/tx.js';
import { ArtifactStatus, PolicyStatus } from '../../src/chain/generated/assay/registry/v1/registry.js';
import { MsgSetPolicy } from '../../src/chain/generated/assay/registry/v1/tx.js';
import { message, refusalOf } from '../../src/chain/index.js';
import { publishProgram, type Published } from '../../src/requester/index.js';
import type { Path } from './path.js';
import { BOND, weightsRootOf, type Stage } from './stage.js';
import { returned } from './table.js';

const { JOB_STATE_EXPIRED: EXPIRED, JOB_STATE_VOID: VOID } = JobState;
const TOLERANCE = { abs: '0.00001', rel: '0.001' };

/** Publishes the same program over other weights: an artifact of the path's own, which it may close or have banned. */
function publishOver(stage: Stage, weightsRoot: Uint8Array): Promise<Published> {
  return publishProgram(stage.requester, { name: 'own', licence: 'Apache-2.0', uris: [], record: stage.world.record, weightsRoot, tolerance: TOLERANCE });
}

/** Paths that end EXPIRED or VOID: nobody is to blame, or nobody did the next step; the fee returns. */
export const returnedPaths: readonly Path[] = [
  {
    name: 'VOID BEACON: three rounds withheld',
    async run(stage) {
      const { world } = stage;
      const { feed, runs } = world;
      const jobId = await stage.submit(runs.honest);
      await stage.claim(jobId);
      world.withheld.set(jobId, 3);
      await stage.commit(jobId, runs.honest, true);
      const rounds = new Set<bigint>();
      for (const tries of [1, 2, 3]) rounds.add((await feed.job(jobId, `waiting for round ${tries}`, (j) => j.beaconTries >= tries)).beaconRound);
      assert.equal(rounds.size, 3, 'three different rounds were fixed');
      returned(stage, { claimed: true });
      const job = await stage.ended(jobId, VOID, EndReason.END_REASON_BEACON);
      assert.equal(job.beaconTries, 3);
      assert.equal(job.drawnHeight, 0n);
      for (const round of rounds) {
        const refusal = refusalOf(await world.net.client.query.beacon.Round({ round }).then(() => undefined, (e: unknown) => e));
        assert.ok(refusal, `round ${round} was not recorded`);
      }
      return `rounds ${[...rounds].join(', ')} never came`;
    },
  },
  {
    name: 'EXPIRED CANCELLED',
    async run(stage) {
      const jobId = await stage.submit(stage.world.runs.honest);
      const cancel = (requester: string): ReturnType<typeof message> => message(MsgCancelJob, { requester, jobId });
      await stage.refused('compute/15', stage.outsider, cancel(stage.outsider.address));
      await stage.send(stage.requester, cancel(stage.requester.address));
      returned(stage);
      await stage.ended(jobId, EXPIRED, EndReason.END_REASON_CANCELLED);
      await stage.refused('compute/13', stage.requester, cancel(stage.requester.address));
      return 'by its requester alone, once';
    },
  },
  {
    name: 'EXPIRED UNCLAIMED',
    async run(stage) {
      const { compute, runs } = stage.world;
      const jobId = await stage.submit(runs.honest);
      returned(stage);
      const job = await stage.ended(jobId, EXPIRED, EndReason.END_REASON_UNCLAIMED);
      assert.equal(job.endHeight, job.submitHeight + compute.claimBlocks);
      const worker = stage.worker.address;
      await stage.refused('compute/4', stage.worker, message(MsgClaimJob, { worker, jobId, bond: BOND.toString() }));
      return `after ${compute.claimBlocks} blocks`;
    },
  },
  {
    name: 'EXPIRED UNCOMMITTED',
    async run(stage) {
      const { compute, runs } = stage.world;
      const jobId = await stage.submit(runs.honest);
      await stage.claim(jobId);
      returned(stage, { claimed: true, uncommitted: true });
      const job = await stage.ended(jobId, EXPIRED, EndReason.END_REASON_UNCOMMITTED);
      assert.equal(job.endHeight, job.claimHeight + compute.commitBlocks);
      const empty = new Uint8Array(32);
      await stage.refused('compute/13', stage.worker, message(MsgCommitResult, {
        worker: stage.worker.address, jobId, outputDataRoots: [empty], traceRoot: new Uint8Array(), commitment: empty,
        execution: { profile: 'ieee-fp32', runtime: 'x', version: '1', libraryHash: empty, instructionSet: 'x64', threads: 1 },
      }));
      return 'the claim deposit burns, the bond returns';
    },
  },
  {
    name: 'VOID INPUT: a malformed chunk is opened',
    async run(stage) {
      const { runs } = stage.world;
      const jobId = await stage.submit(runs.badInput);
      await stage.claim(jobId);
      const open = (proof: Uint8Array): ReturnType<typeof message> => message(MsgOpenInput, { sender: stage.outsider.address, jobId, proof });
      await stage.refused('dispute/28', stage.outsider, open(runs.proofs.badWeight));
      await stage.send(stage.outsider, open(runs.proofs.badInput));
      returned(stage, { claimed: true });
      await stage.ended(jobId, VOID, EndReason.END_REASON_INPUT);
      return 'a CLAIMED job; a foreign proof was refused';
    },
  },
  {
    name: 'VOID MODEL: a malformed weight is opened',
    async run(stage) {
      const { runs, net } = stage.world;
      const { artifactId } = await publishOver(stage, weightsRootOf(runs.badWeight));
      const open = await stage.submit(runs.honest, { artifactId });
      const claimed = await stage.submit(runs.honest, { artifactId });
      await stage.claim(claimed);
      await stage.send(stage.outsider, message(MsgOpenWeight, { sender: stage.outsider.address, artifactId, proof: runs.proofs.badWeight }));
      returned(stage);
      returned(stage, { claimed: true });
      await stage.ended(open, VOID, EndReason.END_REASON_MODEL);
      await stage.ended(claimed, VOID, EndReason.END_REASON_MODEL);
      const { artifact } = await net.client.query.registry.Artifact({ id: artifactId });
      assert.equal(artifact?.status, ArtifactStatus.ARTIFACT_STATUS_CLOSED);
      return 'an OPEN and a CLAIMED job; the publication is closed';
    },
  },
  {
    name: 'VOID BANNED: governance votes',
    async run(stage) {
      const { runs, net, verifiers, denom } = stage.world;
      const { artifactId, digest } = await publishOver(stage, new Uint8Array(32).fill(7));
      const policy = { digest, status: PolicyStatus.POLICY_STATUS_BANNED, lambdaPpm: 0n, maxTolerance: undefined, reason: 'end-to-end test' };
      const proposal = await propose(stage.outsider, {
        title: 'Ban a model', summary: 'end-to-end test', deposit: { amount: '1000000', denom },
        messages: [message(MsgSetPolicy, { authority: await governanceAddress(net.client), policy })],
      });
      await Promise.all(verifiers.map((v) => vote(v, proposal)));
      const open = await stage.submit(runs.honest, { artifactId });
      returned(stage);
      await stage.ended(open, VOID, EndReason.END_REASON_BANNED);
      assert.equal(await proposalOutcome(net.client, proposal), 'PASSED');
      return `proposal ${proposal} passed`;
    },
  },
];
