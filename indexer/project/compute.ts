import {
  endReasonToJSON, jobStateToJSON, verdictToJSON, type Duty, type Execution, type Job, type Snapshot, type Verifier, type Worker,
} from '../../src/chain/generated/assay/compute/v1/compute.js';
import type { EventJobSubmitted } from '../../src/chain/generated/assay/compute/v1/events.js';
import { evidenceToJSON } from '../../src/chain/generated/assay/registry/v1/registry.js';
import { ProgramSummary } from '../../src/chain/generated/assay/registry/v1/registry.js';
import type { ExecutionRow } from '../../src/db/index.js';
import { fact, put, type Change } from './changes.js';
import * as v from './values.js';

/** Version of a job, and the edges of provenance that this block added to it. */
export function jobChanges(job: Job, cause: string, height: number): Change[] {
  return [put('jobs', jobRow(job, cause)), ...jobEdges(job, height)];
}

function jobRow(job: Job, cause: string) {
  return {
    id: v.id(job.id),
    cause,
    requester: job.requester,
    artifactId: v.id(job.artifactId),
    artifactDigest: v.bytes(job.artifactDigest),
    program: v.program(job.program ?? ProgramSummary.create()),
    weightsRoot: v.bytes(job.weightsRoot),
    inputRoot: v.bytes(job.inputRoot),
    fee: v.amount(job.fee),
    profile: job.profile,
    ...v.tolerance(job.tolerance),
    eager: job.eager,
    state: v.enumName(jobStateToJSON, 'JOB_STATE_', job.state),
    reason: v.optionalEnum(endReasonToJSON, 'END_REASON_', job.reason),
    submitHeight: v.height(job.submitHeight),
    deadline: v.optionalHeight(job.deadline),
    worker: v.optionalText(job.worker),
    bond: v.amount(job.bond),
    deposit: v.amount(job.deposit),
    claimHeight: v.optionalHeight(job.claimHeight),
    paramsVersion: job.paramsVersion || null,
    disputeParamsVersion: job.disputeParamsVersion || null,
    refereeVersion: job.refereeVersion || null,
    // Epoch 0 is a snapshot like any other: what tells is whether the job was claimed.
    snapshotEpoch: job.claimHeight === 0n ? null : job.snapshotEpoch,
    lambdaPpm: job.lambdaPpm || null,
    outputRoot: v.optionalBytes(job.outputRoot),
    outputDataRoots: job.outputDataRoots.map(v.hex),
    traceRoot: v.optionalBytes(job.traceRoot),
    commitment: v.optionalBytes(job.commitment),
    execution: job.execution ? execution(job.execution) : null,
    commitHeight: v.optionalHeight(job.commitHeight),
    beaconRound: v.optionalId(job.beaconRound),
    beaconTries: job.beaconTries,
    drawnHeight: v.optionalHeight(job.drawnHeight),
    ready: v.optionalHeight(job.ready),
    duties: job.duties,
    fulfilled: job.fulfilled,
    endHeight: v.optionalHeight(job.endHeight),
  };
}

function execution(e: Execution): ExecutionRow {
  return { profile: e.profile, runtime: e.runtime, version: e.version, libraryHash: v.hex(e.libraryHash), instructionSet: e.instructionSet, threads: e.threads };
}

/**
 * Edges that a job's submission and its result add: program and inputs lead to the job, the job to its output. The
 * output's evidence is null: it follows from the job's state when asked.
 */
function jobEdges(job: Job, height: number): Change[] {
  const edge = (source: string, target: string, role: string, evidence: string | null, path = '') =>
    fact('lineageEdges', { source, target, role, height, evidence, path });
  const edges: Change[] = [];
  if (v.height(job.submitHeight) === height) {
    edges.push(edge(`artifact:${job.artifactId}`, `job:${job.id}`, 'PROGRAM', 'MATCHED'));
    job.inputDataRoots.forEach((_, i) => edges.push(edge(`input:${job.id}/${i}`, `job:${job.id}`, 'INPUT', 'MATCHED')));
    for (const s of job.sources) {
      edges.push(edge(`artifact:${s.datasetId}`, `input:${job.id}/${s.input}`, 'ENTRY_OF', v.optionalEnum(evidenceToJSON, 'EVIDENCE_', s.evidence), s.path));
    }
  }
  if (job.commitHeight !== 0n && v.height(job.commitHeight) === height) {
    edges.push(edge(`job:${job.id}`, `output:${job.id}`, 'OUTPUT', null));
  }
  return edges;
}

/** The tensors that a requester supplies. */
export function inputChanges(event: EventJobSubmitted, height: number): Change[] {
  return event.inputs.map((input, index) =>
    fact('jobInputs', {
      jobId: v.id(event.jobId),
      index,
      height,
      dataRoot: v.bytes(input.dataRoot),
      uris: input.uris,
      datasetId: v.optionalId(input.datasetId),
      path: input.entry?.entry?.path ?? null,
    }),
  );
}

/** Version of a duty. */
export function dutyChange(duty: Duty): Change {
  return put('duties', {
    jobId: v.id(duty.jobId),
    operator: duty.operator,
    rank: duty.rank,
    verdict: v.optionalEnum(verdictToJSON, 'VERDICT_', duty.verdict),
    attestedHeight: v.optionalHeight(duty.height),
  });
}

/** Version of a worker. */
export function workerChange(worker: Worker): Change {
  return put('workers', {
    address: worker.address, endpoint: worker.endpoint, owner: v.optionalText(worker.owner),
    height: v.height(worker.height), activeJobs: worker.activeJobs,
  });
}

/** Version of a verifier. */
export function verifierChange(verifier: Verifier, cause: string): Change {
  return put('verifiers', {
    operator: verifier.operator, cause, deposit: v.amount(verifier.deposit), owner: v.optionalText(verifier.owner),
    height: v.height(verifier.height), leaving: verifier.leaving, leaveJob: verifier.leaveJob,
    dutyCount: verifier.duties, attested: verifier.attested,
  });
}

/** A verifier snapshot. */
export function snapshotChange(snapshot: Snapshot): Change {
  return put('snapshots', {
    number: v.id(snapshot.number),
    height: v.height(snapshot.height),
    totalPower: snapshot.totalPower,
    entries: snapshot.entries.map((e) => ({ operator: e.operator, power: String(e.power), owner: e.owner })),
  });
}
