import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createBlobServer } from '../../src/blobs/index.js';
import { JobState, type Job } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { AssayError } from '../../src/errors.js';
import { dtypeName, inputsFromBytes } from '../../src/onnx/index.js';
import { checkChained, fetchOutputs, fetchProgram, submitJob, waitForJob } from '../../src/requester/index.js';
import { createShutdown, onSignals } from '../../src/shutdown.js';
import { accountOf, blobsOf, clientSchema, configFor, withChain } from '../client.js';
import { parseId, print, type Context, type Register } from '../context.js';
import { jobLines, readJob, stateText } from '../job-view.js';

interface RunOptions {
  readonly out: string;
  readonly exact?: boolean;
  readonly fee?: bigint;
  readonly wait: boolean;
}

/** `assay run` and `assay chained` */
export const registerRun: Register = (program, context) => {
  program
    .command('run <artifact> <inputs...>')
    .description('run any published program: submit a job on raw tensors (one file an input, row-major, little-endian) and write its outputs the same way')
    .option('--out <dir>', 'where the outputs go: 0.bin, 1.bin, …', 'outputs')
    .option('--exact', 'sign a tolerance of zero: the worker commits to its whole trace, and the output can be published as JUDGED')
    .option('--fee <amount>', 'fee in the smallest unit; default: client.fee', parseId('fee'))
    .option('--no-wait', 'do not wait until the result is final')
    .action((artifact: string, inputs: string[], options: RunOptions, command: Command) => runProgram(context, command, parseId('artifact')(artifact), inputs, options));
  program
    .command('chained <carried> <jobs...>')
    .description('check that final jobs are steps of one computation: the first CARRIED inputs of each are the first outputs of the one before')
    .action(async (carried: string, ids: string[], _options: object, command: Command) => {
      const count = Number(parseId('carried')(carried));
      const jobs = await withChain(configFor(clientSchema, command), (chain) => Promise.all(ids.map(async (id) => (await readJob(chain, parseId('job')(id))).job)));
      checkChained(jobs, count);
      print(context, command, { jobs: jobs.map((j) => j.id), carried: count }, [`jobs ${jobs.map((j) => j.id).join(' → ')}: final, and each goes on from the one before it`]);
    });
};

async function runProgram(context: Context, command: Command, artifactId: bigint, files: readonly string[], options: RunOptions): Promise<void> {
  const config = configFor(clientSchema, command);
  const shutdown = createShutdown();
  onSignals(shutdown);
  const { signal } = shutdown;
  try {
    const data = await Promise.all(files.map((path) => readFile(path).catch((cause: unknown) => {
      throw new AssayError('FILE_UNREADABLE', `${path} cannot be read`, { cause });
    })));
    await withChain(config, async (chain) => {
      const { store, blobs } = await blobsOf(config, signal);
      const { sender } = await accountOf(config, chain);
      const { artifact } = await chain.query.registry.Artifact({ id: artifactId });
      if (artifact?.program === undefined) throw new AssayError('ARTIFACT_NOT_PROGRAM', `artifact ${artifactId} is no program that can be run`);
      const program = await fetchProgram(blobs, artifact.uris, artifact, signal);
      inputsFromBytes(program, data); // sizes are checked before anything is paid
      const server = await createBlobServer({ store, host: config['client.host'], port: config['client.port'] });
      shutdown.add(() => server.close());
      const uris = [config['client.endpoint'] || server.url];
      const inputs = await Promise.all(data.map(async (bytes) => ({ dataRoot: await store.putTensor(bytes), uris })));
      const fee = options.fee ?? config['client.fee'];
      const submitted = await submitJob(sender, { artifactId, inputs, ...(fee > 0n && { fee }), ...(options.exact && { tolerance: { abs: '0', rel: '0' } }) });
      const { jobId } = submitted;
      context.terminal.err(`job ${jobId} submitted for ${submitted.fee}`);
      const onChange = (job: Job): void => context.terminal.err(`job ${jobId}: ${stateText(job)}`);
      const committed = await waitForJob(chain, jobId, (job) => job.state >= JobState.JOB_STATE_COMMITTED, { signal, onChange });
      if (committed.outputRoot.length === 0) throw new AssayError('JOB_ENDED', `job ${jobId} ended without a result: ${stateText(committed)}`);
      const outputs = await fetchOutputs(chain, blobs, committed, signal);
      await mkdir(options.out, { recursive: true });
      const written = await Promise.all(outputs.map(async ({ dtype, dims, data: bytes }, i) => {
        const file = join(options.out, `${i}.bin`);
        await writeFile(file, bytes);
        return { file, dtype: dtypeName(dtype), dims };
      }));
      if (options.wait) await waitForJob(chain, jobId, (job) => job.state >= JobState.JOB_STATE_FINAL, { signal, onChange });
      const report = await readJob(chain, jobId);
      print(context, command, { outputs: written, ...report }, [...written.map((w) => `${w.file}: ${w.dtype}[${w.dims.join(',')}]`), ...jobLines(report)]);
    });
  } finally {
    await shutdown.stop('done');
  }
}
