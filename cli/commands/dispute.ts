import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createLogger } from '../../src/log.js';
import { AssayError } from '../../src/errors.js';
import { readCommitments } from '../../src/chain/index.js';
import { convictingProof } from '../../src/requester/index.js';
import { createShutdown, onSignals } from '../../src/shutdown.js';
import { audit, challenge } from '../../validator/index.js';
import { accountOf, blobsOf, clientSchema, configFor, withChain } from '../client.js';
import { parseId, print, type Context, type Register } from '../context.js';
import { examinerFor, examinerSchema } from '../examiner.js';
import { auditLines } from '../audit-view.js';
import { explanationLines, readJob, stateText } from '../job-view.js';

/** `assay audit`, `assay challenge`, `assay proof` */
export const registerDispute: Register = (program, context) => {
  program
    .command('audit <job>')
    .description('re-execute any job here and compare; where its trace is known and the outputs differ, search it for a fault; sends nothing and costs nothing')
    .option('--every', 'judge every element of a known trace, also where it equals what this machine computes. A trace is known once a job was challenged, or where it is committed with the result')
    .option('--fast', 'let a rigorous float64 pre-check acquit most elements; the rest is judged exactly, with the same result')
    .action((id: string, options: AuditFlags, command: Command) => runAudit(context, command, parseId('job')(id), options));
  program
    .command('challenge <job>')
    .description('challenge a job whose result differs from what this machine computes: ask for its trace, search it, prove the fault, be paid')
    .option('--anyway', 'challenge even where the results agree (the challenge fee is then lost)')
    .action((id: string, options: { anyway?: boolean }, command: Command) => runChallenge(context, command, parseId('job')(id), options.anyway ?? false));
  program
    .command('proof <job>')
    .description('write the proof that convicted a worker to files, and say how to judge it by hand')
    .option('--out <dir>', 'folder for the files', '.')
    .action((id: string, options: { out: string }, command: Command) => writeProof(context, command, parseId('job')(id), options.out));
};

interface AuditFlags {
  readonly every?: boolean;
  readonly fast?: boolean;
}

async function runAudit(context: Context, command: Command, jobId: bigint, { every = false, fast = false }: AuditFlags): Promise<void> {
  const config = configFor(examinerSchema, command);
  const shutdown = createShutdown();
  onSignals(shutdown);
  try {
    const report = await withChain(config, async (chain) => {
      const { blobs } = await blobsOf(config, shutdown.signal);
      return audit({ chain, examiner: await examinerFor(config, chain, blobs, shutdown, { fast }), jobId, every });
    });
    const { job } = report.view;
    const { check, searched, fault, judged } = report;
    const found = fault && { ...fault.accusation, op: fault.judgement.op, ratio: fault.judgement.ratio, bytes: fault.proof.length };
    print(context, command, { jobId, check, searched, judged: judged?.summary(), fault: found }, auditLines(report, stateText(job), every));
  } finally {
    await shutdown.stop('done');
  }
}

async function runChallenge(context: Context, command: Command, jobId: bigint, anyway: boolean): Promise<void> {
  const config = configFor(examinerSchema, command);
  const shutdown = createShutdown();
  onSignals(shutdown);
  const dir = join(config['client.dir'], 'challenges');
  await mkdir(dir, { recursive: true });
  try {
    const result = await withChain(config, async (chain) => {
      const { blobs } = await blobsOf(config, shutdown.signal);
      const { sender } = await accountOf(config, chain);
      const examiner = await examinerFor(config, chain, blobs, shutdown);
      return challenge({ chain, sender, examiner, jobId, dir, log: createLogger({ name: 'challenge' }), signal: shutdown.signal, anyway });
    });
    const words = {
      agrees: 'the results agree: nothing was sent', clean: 'the trace holds no fault', refused: 'the referee refused the proof; the bond is lost',
      convicted: 'convicted: the worker is slashed', ended: 'the job ended before a proof was judged',
    };
    const explanation = result.verdict?.explanation;
    print(context, command, { jobId, result: result.result, explanation }, [`job ${jobId}: ${words[result.result]}`, ...(explanation ? explanationLines(explanation) : [])]);
  } finally {
    await shutdown.stop('done');
  }
}

async function writeProof(context: Context, command: Command, jobId: bigint, out: string): Promise<void> {
  const config = configFor(clientSchema, command);
  const { commitments, proof } = await withChain(config, async (chain) => {
    const report = await readJob(chain, jobId);
    if (!report.dispute) throw new AssayError('PROOF_NONE', `job ${jobId} has no dispute`);
    return { commitments: await readCommitments(chain.query, report.job), proof: await convictingProof(chain, report.dispute) };
  });
  const proofFile = join(out, `job-${jobId}.proof`);
  const commitmentsFile = join(out, `job-${jobId}.json`);
  await mkdir(out, { recursive: true });
  await writeFile(proofFile, proof);
  await writeFile(commitmentsFile, `${JSON.stringify(commitments, null, 2)}\n`);
  const command_ = `assayd referee judge --proof ${proofFile} --commitments ${commitmentsFile}`;
  print(context, command, { jobId, bytes: proof.length, proof: proofFile, commitments: commitmentsFile, judge: command_ }, [
    `${proof.length} bytes of proof and what the chain holds of the job are written; judge it by hand:`,
    command_,
  ]);
}
