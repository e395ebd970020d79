import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { signRound } from '../../devnet/beacon-keys.js';
import { honestValues, writeForged, type Execution } from '../../devnet/forge.js';
import { assaydPath, type Network } from '../../devnet/network.js';
import type { TinyModel } from '../../devnet/tiny-model.js';
import { BlobStore, type JobRoots } from '../../src/blobs/index.js';
import { MsgPostBeacon } from '../../src/chain/generated/assay/beacon/v1/tx.js';
import { EndReason, JobState, type Job, type Params } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { MsgClaimJob, MsgCommitResult, MsgRegisterWorker } from '../../src/chain/generated/assay/compute/v1/tx.js';
import type { Params as DisputeParams } from '../../src/chain/generated/assay/dispute/v1/dispute.js';
import { MsgCommitFault, MsgCommitFaultResponse, MsgProveFault, MsgProveFaultResponse, MsgPublishTrace } from '../../src/chain/generated/assay/dispute/v1/tx.js';
import { faultCommitment, message, resultCommitment, type ChainClient, type Message, type Sender, type Sent } from '../../src/chain/index.js';
import { dataRoot, rootOfRoots } from '../../src/merkle/index.js';
import type { BundleRoots } from '../../src/onnx/bundle.js';
import { describeRuntime, type Runtime, type Tensor } from '../../src/onnx/index.js';
import { paymentsOf, submitJob, waitForJob } from '../../src/requester/index.js';
import { sleep } from '../../src/shutdown.js';

const run = promisify(execFile);

/** A run that a worker commits to: its values and outputs, written as a bundle. */
export interface Claimed {
  readonly dir: string;
  readonly roots: BundleRoots;
  readonly traceRoot: Uint8Array;
}

/** Everything that the paths share: the network, its parameters, and what is published. */
export interface Lab {
  readonly network: Network;
  readonly chain: ChainClient;
  readonly runtime: Runtime;
  readonly dir: string;
  readonly params: Params;
  readonly dispute: DisputeParams;
  readonly model: TinyModel;
  readonly artifactId: bigint;
  readonly sender: (name: string) => Sender;
  /** jobs whose first so many rounds the relay does not post */
  readonly held: Map<bigint, number>;
}

/** Waits at most this long for one step; the slowest is a job that no beacon reaches, three times T_beacon. */
const PATIENCE_S = Number(process.env['E2E_PATIENCE_S'] ?? 240);

/** Submits a job on the lab's model, or another artifact. */
export async function submit(lab: Lab, input: Tensor, artifactId = lab.artifactId): Promise<bigint> {
  const { jobId } = await submitJob(lab.sender('requester'), { artifactId, inputs: [{ dataRoot: dataRoot(input.data) }] });
  return jobId;
}

/** Registers a worker (once) and claims a job with the least bond. */
export async function claim(lab: Lab, worker: string, jobId: bigint): Promise<void> {
  const sender = lab.sender(worker);
  const job = await read(lab, jobId);
  const least = lab.params.kappa * BigInt(job.fee);
  const bond = least > BigInt(lab.params.bondMin) ? least : BigInt(lab.params.bondMin);
  await sender.send([
    message(MsgRegisterWorker, { worker: sender.address, endpoint: 'http://127.0.0.1:9', owner: '' }),
    message(MsgClaimJob, { worker: sender.address, jobId, bond: bond.toString() }),
  ]);
}

/** Runs the model on an input and lets `change` tamper with what came out before it is written down. */
export async function compute(lab: Lab, input: Tensor, change: (run: Execution, values: Tensor[], outputs: Tensor[]) => void = () => undefined): Promise<Claimed> {
  const { program, weights } = lab.model.prepared;
  const execution: Execution = { program, weights, inputs: [input] };
  const values = (await honestValues(execution, lab.runtime)).map(copy);
  const outputs = program.outputs.map((o) => copy(values[o.index]!));
  change(execution, values, outputs);
  const dir = await mkdtemp(join(lab.dir, 'run-'));
  const roots = await writeForged(execution, { values, outputs }, dir);
  return { dir, roots, traceRoot: rootOfRoots(roots.value) };
}

function copy(tensor: Tensor): Tensor {
  return { ...tensor, data: Uint8Array.from(tensor.data) };
}

/** Commits a result. */
export async function commit(lab: Lab, worker: string, jobId: bigint, claimed: Claimed): Promise<void> {
  const sender = lab.sender(worker);
  const job = await read(lab, jobId);
  const execution = { profile: job.profile, ...(await describeRuntime({ backend: 'ort-node', threads: 1 })) };
  const commitment = resultCommitment({
    chainId: lab.network.chainId, jobId, worker: sender.address, programRoot: job.program!.root, weightsRoot: job.weightsRoot,
    execution, inputRoot: job.inputRoot, outputRoot: rootOfRoots(claimed.roots.output),
  });
  await sender.send([message(MsgCommitResult, { worker: sender.address, jobId, outputDataRoots: [...claimed.roots.output], traceRoot: new Uint8Array(), execution, commitment })]);
}

/** Submit, claim, commit in one go. */
export async function committed(lab: Lab, worker: string, input: Tensor, claimed: Claimed): Promise<bigint> {
  const jobId = await submit(lab, input);
  await claim(lab, worker, jobId);
  await commit(lab, worker, jobId, claimed);
  return jobId;
}

/** Publishes the trace root of a run. */
export async function publishTrace(lab: Lab, worker: string, jobId: bigint, claimed: Claimed): Promise<void> {
  const sender = lab.sender(worker);
  await sender.send([message(MsgPublishTrace, { worker: sender.address, jobId, traceRoot: claimed.traceRoot })]);
}

/** A proof from a bundle, made by the binary that everybody has: `assayd referee prove DIR …`. */
export async function prove(dir: string, ...args: string[]): Promise<Uint8Array> {
  const out = join(dir, 'fault.proof');
  await run(assaydPath(), ['referee', 'prove', dir, ...args, '--out', out]);
  return new Uint8Array(await readFile(out));
}

/** The first fault that the referee finds in a bundle, or undefined. */
export async function scan(dir: string): Promise<{ node: number; slot: number; element: string } | undefined> {
  const { stdout } = await run(assaydPath(), ['referee', 'scan', dir, '--first']);
  const { first_fault: fault, examples } = JSON.parse(stdout) as { first_fault?: { node: number; slot: number; element: string }; examples?: { node: number; slot: number; element: string }[] };
  return fault ?? examples?.[0];
}

/** Commits to a proof and reveals it a block later. */
export async function accuse(lab: Lab, who: string, jobId: bigint, proof: Uint8Array): Promise<Sent & { response: MsgProveFaultResponse }> {
  const sender = lab.sender(who);
  const salt = new Uint8Array(32).fill(Number(jobId % 250n) + 1);
  const hash = faultCommitment({ chainId: lab.network.chainId, jobId, sender: sender.address, salt, proof });
  const { height } = await sender.call(message(MsgCommitFault, { sender: sender.address, jobId, hash }), MsgCommitFaultResponse);
  await lab.chain.waitForHeight(height + 1);
  return sender.call(message(MsgProveFault, { sender: sender.address, jobId, salt, proof }), MsgProveFaultResponse, { gas: 30_000_000 });
}

/** A job's record. */
export async function read(lab: Lab, jobId: bigint): Promise<Job> {
  const { job } = await lab.chain.query.compute.Job({ id: jobId });
  assert.ok(job);
  return job;
}

/** Waits until a job's beacon round was recorded and its verifiers drawn. */
export function drawn(lab: Lab, jobId: bigint): Promise<Job> {
  return waitForJob(lab.chain, jobId, (job) => job.drawnHeight > 0n || job.state >= JobState.JOB_STATE_FINAL, { seconds: PATIENCE_S });
}

/** Waits for a job's end and asserts which. */
export async function ends(lab: Lab, jobId: bigint, expected: string): Promise<Job> {
  const job = await waitForJob(lab.chain, jobId, (j) => j.state >= JobState.JOB_STATE_FINAL, { seconds: PATIENCE_S });
  const reason = EndReason[job.reason].replace('END_REASON_', '');
  const found = `${JobState[job.state].replace('JOB_STATE_', '')}${job.reason === EndReason.END_REASON_UNSPECIFIED ? '' : ` ${reason}`}`;
  assert.equal(found, expected, `job ${jobId}`);
  return job;
}

/** What each party got out of a job, by name; `burn` and `pool` as the events say. */
export async function paid(lab: Lab, job: Job): Promise<Record<string, bigint>> {
  const names = new Map([...lab.network.accounts].map(([name, { address }]) => [address, name]));
  const { height } = await lab.chain.head();
  const out: Record<string, bigint> = {};
  for (const p of await paymentsOf(lab.chain, job.id, Number(job.submitHeight), Math.max(height, Number(job.endHeight)))) {
    const name = names.get(p.recipient) ?? p.recipient;
    out[name] = (out[name] ?? 0n) + p.amount;
  }
  return out;
}

/** Sends messages for an account. */
export function send(lab: Lab, who: string, ...messages: Message[]): Promise<Sent> {
  return lab.sender(who).send(messages);
}

/** A worker's blobs of a run, as `serveChunks` reads them. */
export async function storeRun(lab: Lab, jobId: bigint, claimed: Claimed): Promise<{ store: BlobStore; roots: JobRoots }> {
  const store = await BlobStore.open(join(claimed.dir, 'blobs'));
  const { input, weight, output, value } = claimed.roots;
  for (const [kind, list] of Object.entries({ input, weight, output, value })) {
    for (const i of list.keys()) await store.putTensor(new Uint8Array(readFileSync(join(claimed.dir, kind, `${i}.bin`))));
  }
  const { programRoot } = lab.model.prepared;
  return { store, roots: { chainId: lab.network.chainId, jobId, programRoot, input, weight, output, value } };
}

/** Posts every round that some job waits for and that is not held, until `signal` aborts. */
export async function relay(lab: Lab, signal: AbortSignal): Promise<void> {
  const { secret_key: secret } = JSON.parse(readFileSync(lab.network.beaconFile, 'utf8')) as { secret_key: string };
  const key = new Uint8Array(Buffer.from(secret, 'hex'));
  const sender = lab.sender('relay');
  const sent = new Set<bigint>();
  while (!signal.aborted) {
    const { pins } = await lab.chain.query.beacon.PinnedRounds({ pagination: undefined }).catch(() => ({ pins: [] }));
    // Read after the pins: a pin of a held job is then known to be one.
    const held = new Set<bigint>();
    for (const [jobId, count] of lab.held) {
      const job = await read(lab, jobId);
      if (job.beaconTries <= count) held.add(job.beaconRound);
    }
    for (const { round, due } of pins) {
      if (sent.has(round) || held.has(round) || Number(due?.seconds ?? 0n) * 1_000 > Date.now()) continue;
      sent.add(round);
      await sender.send([message(MsgPostBeacon, { poster: sender.address, round, signature: signRound(key, round) })]).catch(() => sent.delete(round));
    }
    await sleep(300, signal).catch(() => undefined);
  }
}
