import type { Command } from 'commander';
import { describeConfig, type Schema } from '../../src/config/index.js';
import { createShutdown, onSignals, type Shutdown } from '../../src/shutdown.js';
import { sidecarSchema, startSidecar } from '../../validator/index.js';
import { startWorker, workerSchema } from '../../worker/index.js';
import { configFor } from '../client.js';
import type { Context, Register } from '../context.js';
import { addWorkerCheck } from './worker-check.js';

/** A daemon: its configuration, and how it starts. `lines` say where it answers; `done` ends when it cannot go on. */
interface Daemon<S extends Schema> {
  readonly name: string;
  readonly description: string;
  readonly schema: S;
  start(config: ReturnType<typeof configFor<S>>, shutdown: Shutdown): Promise<{ line: string; done: Promise<void> }>;
}

/** `assay sidecar`, `assay worker` */
export const registerDaemons: Register = (program, context) => {
  addDaemon(program, context, {
    name: 'sidecar',
    description: "a validator's sidecar: re-execute the jobs it was drawn for, attest, challenge and prove fraud, relay randomness",
    schema: sidecarSchema,
    async start(config, shutdown) {
      const { operator, hotKey, metricsUrl, done } = await startSidecar(config, shutdown);
      return { line: `sidecar of ${operator} with hot key ${hotKey}, metrics ${metricsUrl}`, done };
    },
  });
  const worker = addDaemon(program, context, {
    name: 'worker',
    description: 'run jobs for fees: claim, execute, commit, serve blobs and traces, answer challenges',
    schema: workerSchema,
    async start(config, shutdown) {
      const { address, endpoint, metricsUrl, done } = await startWorker(config, shutdown);
      return { line: `worker ${address} serves ${endpoint}, metrics ${metricsUrl}`, done };
    },
  });
  addWorkerCheck(worker, context);
};

function addDaemon<S extends Schema>(program: Command, context: Context, daemon: Daemon<S>): Command {
  const { name, schema } = daemon;
  return program
    .command(name)
    .description(daemon.description)
    .option('--print-config', 'print a configuration file with every key, its default and what it does')
    .action(async (options: { printConfig?: boolean }, command: Command) => {
      if (options.printConfig) {
        context.terminal.out(describeConfig(schema).trimEnd());
        return;
      }
      const shutdown = createShutdown();
      onSignals(shutdown);
      try {
        const { line, done } = await daemon.start(configFor(schema, command), shutdown);
        context.terminal.out(line);
        await done;
      } finally {
        await shutdown.stop(`${name} ended`);
      }
    });
}
