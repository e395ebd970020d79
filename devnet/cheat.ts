// A dishonest worker as a process of its own: node dist/devnet/cheat.js CONFIG SCHEME FEE
import { loadConfig } from '../src/config/index.js';
import { AssayError, describe } from '../src/errors.js';
import { Runtime } from '../src/onnx/index.js';
import { createShutdown, onSignals } from '../src/shutdown.js';
import { startWorker, workerSchema, type WorkerOverrides } from '../worker/index.js';
import { forgingExecutor, tamperedActivation, tamperedOutput, tamperedWeight, type Scheme } from './cheats.js';

/** Ways to cheat, by name. `withhold` forges an activation and then answers nothing. */
export const SCHEMES: Readonly<Record<string, Scheme>> = {
  weight: tamperedWeight(-60),
  activation: tamperedActivation(-1),
  output: tamperedOutput(0.5),
  withhold: tamperedActivation(-1),
};

async function main([file, name = '', fee = '']: readonly string[]): Promise<void> {
  const scheme = SCHEMES[name];
  if (file === undefined || scheme === undefined || !/^[1-9][0-9]*$/.test(fee)) {
    throw new AssayError('CHEAT_USAGE', `expected: cheat.js CONFIG ${Object.keys(SCHEMES).join('|')} FEE`);
  }
  const shutdown = createShutdown();
  onSignals(shutdown);
  const runtime = new Runtime();
  shutdown.add(() => runtime.close());
  const overrides: WorkerOverrides = {
    executor: (own) => forgingExecutor(own, runtime, scheme),
    // It waits for the job that was meant for it, told by its fee.
    accepts: (job) => job.fee === fee,
    answers: name !== 'withhold',
  };
  const { address, done } = await startWorker(loadConfig(workerSchema, { file }), shutdown, overrides);
  process.stdout.write(`cheat ${name} ${address}\n`);
  await done;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${describe(error)}\n`);
  process.exitCode = 1;
}
