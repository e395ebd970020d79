import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { AssayError } from '../../src/errors.js';
import { readCertificates, SAMPLERS, type Finding } from '../../src/fitness/index.js';
import { createExecutor, type Executor } from '../../src/jobs/index.js';
import { createFitness, workerSchema } from '../../worker/index.js';
import { configFor, withChain } from '../client.js';
import { print, type Context } from '../context.js';

/** Functions that can be certified (certify/functions.ts), with their operators. */
const CERTIFIABLE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['Exp', 'Log', 'Erf', 'Tanh', 'Sigmoid', 'Sqrt', 'Reciprocal', 'HardSwish', 'Gelu', 'Softplus'].map((op) => [op, op])),
  GeluTanh: 'Gelu',
};

interface Flags {
  readonly operators?: string;
  readonly seed?: string;
}

/** `assay worker check` */
export function addWorkerCheck(worker: Command, context: Context): void {
  worker
    .command('check')
    .description(
      'try every operator on this machine, as its jobs will run, and let the referee judge each element; exit code 1 when an honest result would be convicted. ' +
        'Reads the worker’s configuration; with chain.id the constants of worker.profile come from the chain, else those of ieee-fp32 apply. Needs no key, sends nothing.',
    )
    .option('--operators <names>', 'operators to try, such as Exp,MatMulInteger; default all')
    .option('--seed <number>', 'seed of the samples; default a new one, which is printed')
    .action((flags: Flags, command: Command) => check(context, command, flags));
}

async function check(context: Context, command: Command, flags: Flags): Promise<void> {
  const config = configFor(workerSchema, command);
  const operators = chosen(flags.operators);
  const seed = seedOf(flags.seed);
  const profiles = config['chain.id'] === '' ? undefined : await withChain(config, async (chain) => (await chain.query.compute.Params({ version: 0n })).params?.params?.profiles ?? []);
  const executor = await createExecutor({
    profile: config['worker.profile'],
    backend: config['runtime.backend'],
    threads: config['runtime.threads'],
    memoryMiB: config['runtime.memory_mib'],
    timeoutMs: config['runtime.timeout_ms'],
  });
  try {
    const fitness = await createFitness({ executor, assayd: config['worker.assayd'] || 'assayd', seed, ...(profiles && { profiles }) });
    const started = Date.now();
    const findings = await fitness.check(operators);
    await report(context, command, executor, findings, { seed, seconds: (Date.now() - started) / 1000, constants: profiles ? config['worker.profile'] : 'ieee-fp32' });
  } finally {
    await executor.close();
  }
}

async function report(context: Context, command: Command, { execution }: Executor, findings: readonly Finding[], how: { seed: number; seconds: number; constants: string }): Promise<void> {
  const { own } = await readCertificates(execution);
  const of = (verdict: Finding['verdict']): Finding[] => findings.filter((f) => f.verdict === verdict);
  const elements = findings.reduce((sum, f) => sum + f.elements, 0);
  const uncertified = Object.keys(CERTIFIABLE).filter((name) => !own.has(name) && findings.some((f) => f.op === CERTIFIABLE[name]));
  const wrong = of('wrong');
  const { runtime, version, instructionSet, threads } = execution;
  print(context, command, { runtime, version, instructionSet, threads, ...how, elements, certified: [...own], findings }, [
    `${runtime} ${version}, ${instructionSet}, threads ${threads}; constants of ${how.constants}; seed ${how.seed}`,
    ...wrong.map((f) => `WRONG    ${f.op}: ${f.why}`),
    ...of('refused').map((f) => `refused  ${f.op}: ${f.why}`),
    ...of('right').flatMap((f) => f.refused.map((why) => `in part  ${f.op}: ${why}`)),
    ...findings.filter((f) => Object.keys(f.undecided).length > 0).map((f) => `undecided ${f.op}: ${Object.entries(f.undecided).map(([cause, n]) => `${n} ${cause}`).join(', ')}`),
    `${of('right').length} of ${findings.length} operators are right: ${elements} elements within the referee's bounds, in ${how.seconds.toFixed(1)} s`,
    ...(uncertified.length > 0 ? [`sampled only, no certificate here for this runtime and instruction set: ${uncertified.join(', ')} (docs/certificates.md says how to make one)`] : []),
  ]);
  if (wrong.length > 0)
    throw new AssayError('MACHINE_UNFIT', `${wrong.map((f) => f.op).join(', ')}: honest results of this machine would be convicted`, {
      hint: 'Serve no model that uses them here: a worker with worker.assayd set declines those by itself. Another runtime.backend may be right.',
    });
}

function chosen(names: string | undefined): string[] {
  const all = Object.keys(SAMPLERS);
  if (names === undefined) return all;
  const list = names.split(',').map((name) => name.trim());
  const unknown = list.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new AssayError('CLI_ARGUMENT', `operators: no operator "${unknown}" is tried`, { hint: `Known: ${all.join(', ')}` });
  return list;
}

function seedOf(text: string | undefined): number {
  if (text === undefined) return randomInt(2 ** 31);
  if (!/^[0-9]{1,10}$/.test(text) || Number(text) >= 2 ** 32) throw new AssayError('CLI_ARGUMENT', `seed: expected a number below 2^32, found "${text}"`);
  return Number(text);
}
