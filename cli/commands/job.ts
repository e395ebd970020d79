import type { Command } from 'commander';
import { clientSchema, configFor, withChain } from '../client.js';
import { parseId, print, type Register } from '../context.js';
import { jobLines, readJob } from '../job-view.js';

/** `assay job` */
export const registerJob: Register = (program, context) => {
  program
    .command('job <id>')
    .description('what the chain says of a job: state, parties, verifiers, dispute, verdict')
    .action(async (id: string, _options: object, command: Command) => {
      const report = await withChain(configFor(clientSchema, command), (chain) => readJob(chain, parseId('job')(id)));
      print(context, command, report, jobLines(report));
    });
};
