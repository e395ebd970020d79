import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { forgingExecutor, tamperedActivation } from '../../devnet/cheats.js';
import { keyFromPrivate, operatorGrants } from '../../src/chain/index.js';
import { EndReason, JobState, Verdict, type Job } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { Runtime } from '../../src/onnx/index.js';
import { waitForJob } from '../../src/requester/index.js';
import { sleep } from '../../src/shutdown.js';
import { startTestNetwork, type TestNetwork } from './network.js';
import { startRequester, startWorker, Undo } from './parties.js';

// Daemons as processes, killed with SIGKILL the moment they wrote down what they are about to do, and started again: nothing
// is done twice, contradicted or forgotten.

const CLI = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const undo = new Undo();
let net: TestNetwork;
let requester: Awaited<ReturnType<typeof startRequester>>;

before(async () => {
  // Slow blocks: a window counts blocks, and a restart takes seconds on a busy machine.
  net = await startTestNetwork(['requester', 'worker', 'cheat'], 1, ['--block-time', '2s']);
  undo.add(() => net.stop());
  requester = await startRequester(net, undo);
}, { timeout: 180_000 });
after(() => undo.all());

/** A daemon that is killed once for every new thing that `watch` names, and restarted each time. */
class Mortal {
  readonly log: string;
  kills = 0;
  #child: ChildProcess | undefined;
  #over = false;
  readonly #done: Promise<void>;

  constructor(
    readonly name: string,
    readonly args: readonly string[],
    readonly watch: () => readonly string[],
  ) {
    this.log = join(net.dir, `${name}.log`);
    this.#done = this.#live();
    undo.add(() => this.stop());
  }

  async stop(): Promise<void> {
    this.#over = true;
    this.#child?.kill('SIGKILL');
    await this.#done;
  }

  async #live(): Promise<void> {
    const survived = new Set<string>();
    while (!this.#over) {
      const log = openSync(this.log, 'a');
      const child = spawn(process.execPath, [CLI, ...this.args], { stdio: ['ignore', log, log], env: { ...process.env, ASSAY_LOG: 'info' } });
      closeSync(log);
      this.#child = child;
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      while (!this.#over && child.exitCode === null && child.signalCode === null) {
        const fresh = this.watch().filter((x) => !survived.has(x));
        if (fresh.length > 0) {
          fresh.forEach((x) => survived.add(x));
          child.kill('SIGKILL');
          this.kills++;
          break;
        }
        await sleep(5);
      }
      await exited;
      if (!this.#over && child.exitCode !== null) throw new Error(`${this.name} ended by itself: ${readFileSync(this.log, 'utf8').slice(-1500)}`);
    }
  }
}

function settings(name: string, lines: readonly string[]): string {
  const path = join(net.dir, `${name}.toml`);
  writeFileSync(path, [`[chain]`, `id = "${net.chainId}"`, `rpc = ["${net.rpc}"]`, 'poll_ms = 150', '[blobs]', 'allow_private = true', ...lines].join('\n'));
  return path;
}

function keyFile(name: string, secret: string): string {
  const path = join(net.dir, `${name}.key`);
  writeFileSync(path, secret, { mode: 0o600 });
  return path;
}

const files = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir, { recursive: true, encoding: 'utf8' }) : []);
const ended = (job: Job): boolean => job.state >= JobState.JOB_STATE_FINAL;
const outcome = (job: Job): string => `${JobState[job.state]} ${EndReason[job.reason]}`;

let sidecarDir: string;

test('a sidecar and a worker that are killed at every step still do an honest job', { timeout: 240_000 }, async () => {
  const workerDir = mkdtempSync(join(net.dir, 'worker-'));
  const workerConfig = settings('worker', ['[key]', `file = "${keyFile('worker', net.mnemonic('worker'))}"`, '[worker]', `dir = "${workerDir}"`, 'port = 0']);
  // Killed when the first weight arrived, and when the result was written but not committed.
  const worker = new Mortal('worker', ['worker', '--config', workerConfig], () => [
    ...files(join(workerDir, 'blobs', 'tensor')).slice(0, 1).map(() => 'a first weight'),
    ...files(join(workerDir, 'jobs')).filter((f) => f.endsWith('.json')),
  ]);

  sidecarDir = mkdtempSync(join(net.dir, 'sidecar-'));
  const operator = await net.sender('validator-0');
  const hot = await keyFromPrivate(new Uint8Array(32).fill(9));
  await operator.send(operatorGrants({ operator: operator.address, hotKey: hot.address, expiresMs: Date.now() + 3_600_000, spendLimit: { amount: '1000000', denom: 'uassay' } }));
  const sidecarConfig = settings('sidecar', [
    '[key]', `file = "${keyFile('hot', '09'.repeat(32))}"`, '[sidecar]', `dir = "${sidecarDir}"`, `operator = "${operator.address}"`, `beacon = ["${net.beacon.url}"]`, `assayd = "${net.assayd}"`,
  ]);
  // Killed after each line of its journal: what was run, what it is about to attest, which proof it is about to show.
  const journal = join(sidecarDir, 'journal.jsonl');
  const sidecar = new Mortal('sidecar', ['sidecar', '--config', sidecarConfig], () => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').slice(0, -1) : []));

  const jobId = await requester.submit(1);
  const job = await waitForJob(net.client, jobId, ended, { seconds: 180 });
  await worker.stop();
  const logs = (): string => readFileSync(worker.log, 'utf8').slice(-1500) + readFileSync(sidecar.log, 'utf8').slice(-1500);
  assert.equal(outcome(job), 'JOB_STATE_FINAL END_REASON_UNSPECIFIED', logs());
  const { duties } = await net.client.query.compute.Job({ id: jobId });
  assert.deepEqual(duties.map((d) => d.verdict), [Verdict.VERDICT_VALID], logs());
  // Lines that come at once are one death.
  assert.ok(worker.kills >= 1 && sidecar.kills >= 1, `killed ${worker.kills} and ${sidecar.kills} times`);
});

test('a sidecar that is killed at every step still convicts, on one proof and one salt', { timeout: 240_000 }, async () => {
  const jobId = await requester.submit(1);
  const runtime = new Runtime();
  undo.add(() => runtime.close());
  await startWorker(net, undo, 'cheat', { wrap: (own) => forgingExecutor(own, runtime, tamperedActivation(3)) });
  const job = await waitForJob(net.client, jobId, ended, { seconds: 180 });
  assert.equal(outcome(job), 'JOB_STATE_FAULTED END_REASON_ARITHMETIC', readFileSync(join(net.dir, 'sidecar.log'), 'utf8').slice(-3000));
  const { dispute, commitments } = await net.client.query.dispute.Dispute({ jobId, pagination: undefined });
  assert.equal(dispute?.prover, net.operators[0]);
  assert.equal(commitments.length, 1, 'one commitment');
  const lines = readFileSync(join(sidecarDir, 'journal.jsonl'), 'utf8').trim().split('\n').map((l) => JSON.parse(l) as Record<string, string>);
  const of = (key: string) => [...new Set(lines.filter((l) => l['job'] === jobId.toString() && l[key] !== undefined).map((l) => l[key]))];
  assert.deepEqual(of('attested'), ['CHALLENGED']);
  assert.equal(of('salt').length, 1);
});
