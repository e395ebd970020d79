import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { createBlobServer } from '../../src/blobs/index.js';
import { JobState, type Job } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { required } from '../../src/config/index.js';
import { AssayError } from '../../src/errors.js';
import { decodeText, readDictionary, readPng, recognitionInput } from '../../src/ocr/index.js';
import { fetchOutputs, submitJob, waitForJob } from '../../src/requester/index.js';
import { createShutdown, onSignals } from '../../src/shutdown.js';
import { accountOf, blobsOf, clientSchema, configFor, withChain } from '../client.js';
import { parseId, print, type Context, type Register } from '../context.js';
import { jobLines, readJob, stateText } from '../job-view.js';

interface InferOptions {
  readonly artifact?: bigint;
  readonly fee?: bigint;
  readonly wait: boolean;
}

/** `assay infer` */
export const registerInfer: Register = (program, context) => {
  program
    .command('infer <image>')
    .description('read the text of a PNG with one line of text: submit a job, print the text that the worker committed to, and follow its receipt')
    .option('--artifact <id>', 'recognition model; default: client.artifact', parseId('artifact'))
    .option('--fee <amount>', 'fee in the smallest unit; default: client.fee', parseId('fee'))
    .option('--no-wait', 'do not wait until the result is final')
    .action((image: string, options: InferOptions, command: Command) => infer(context, command, image, options));
};

async function infer(context: Context, command: Command, path: string, options: InferOptions): Promise<void> {
  const config = configFor(clientSchema, command);
  const artifactId = options.artifact ?? BigInt(required('client.artifact', config['client.artifact']));
  const png = await readFile(path).catch((cause: unknown) => {
    throw new AssayError('FILE_UNREADABLE', `${path} cannot be read`, { cause });
  });
  const input = recognitionInput(readPng(png));
  const shutdown = createShutdown();
  onSignals(shutdown);
  const { signal } = shutdown;
  try {
    await withChain(config, async (chain) => {
      const { store, blobs } = await blobsOf(config, signal);
      const { sender } = await accountOf(config, chain);
      const dataRoot = await store.putTensor(input.data);
      const server = await createBlobServer({ store, host: config['client.host'], port: config['client.port'] });
      shutdown.add(() => server.close());
      const uris = [config['client.endpoint'] || server.url];
      const fee = options.fee ?? config['client.fee'];
      const submitted = await submitJob(sender, { artifactId, inputs: [{ dataRoot, uris }], ...(fee > 0n && { fee }) });
      const { jobId } = submitted;
      context.terminal.err(`job ${jobId} submitted for ${submitted.fee}`);
      const onChange = (job: Job): void => context.terminal.err(`job ${jobId}: ${stateText(job)}`);
      const committed = await waitForJob(chain, jobId, (job) => job.state >= JobState.JOB_STATE_COMMITTED, { signal, onChange });
      if (committed.outputRoot.length === 0) throw new AssayError('JOB_ENDED', `job ${jobId} ended without a result: ${stateText(committed)}`);
      const [output] = await fetchOutputs(chain, blobs, committed, signal);
      const { text, confidence } = decodeText(output!, await readDictionary());
      if (options.wait) await waitForJob(chain, jobId, (job) => job.state >= JobState.JOB_STATE_FINAL, { signal, onChange });
      const report = await readJob(chain, jobId);
      print(context, command, { text, confidence, ...report }, [text, ...jobLines(report)]);
    });
  } finally {
    await shutdown.stop('done');
  }
}
