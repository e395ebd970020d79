import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssayError, describe, hasCode } from '../src/errors.js';
import { prepareModel } from '../src/ocr/index.js';
import { Runtime, valueRoots } from '../src/onnx/index.js';
import { challengeOneself, CHEATS, launch, settleFraud, showClaim } from './acts/fraud.js';
import { proposeChange, settleChange } from './acts/govern.js';
import { createRequester, readResults, settleHonest, startHonestWorker } from './acts/honest.js';
import { closeTheBooks, holdingsAt } from './acts/money.js';
import { openNetwork } from './acts/open.js';
import { asker, lookEverythingUp, startIndex, untilIndexed } from './acts/lookup.js';
import { accuseHonest, settleAccusation } from './acts/outsider.js';
import { MODEL_CACHE, publishAll, readLines, type Line } from './acts/publish.js';
import { setParams } from './genesis.js';
import { assaydPath, startNetwork } from './network.js';
import { ProcessSet } from './processes.js';
import { devnetPaths, writeSecret, writeSettings } from './services.js';
import { createStage, sabotageOf, type Stage } from './stage.js';
import { devnetDirectory, processesOf, stopDevnet, writeState } from './state.js';
import { Story } from './story.js';

const CHEAT_SCRIPT = fileURLToPath(new URL('./cheat.js', import.meta.url));
const PURSE = 1_000_000_000_000n;
const PARTIES = ['publisher', 'requester', 'worker', ...CHEATS.map((c) => c.name), 'outsider', 'visitor'];
const IMAGES = 6;
/** Challenge window of a network of one verifier: each more re-executes every job on the same cores. */
const WINDOW_BLOCKS = 20;
/** Devnet's base of T_prove: how long a false accusation holds an honest job. */
const PROVE_BLOCKS = 20;
const BLOCK_SECONDS = 0.5;

/** Reads DEMO_VALIDATORS. @throws `DEMO_VALIDATORS` */
function validatorCount(): number {
  const text = process.env['DEMO_VALIDATORS'] ?? '4';
  if (!/^[1-7]$/.test(text)) throw new AssayError('DEMO_VALIDATORS', `DEMO_VALIDATORS: expected 1 to 7, found "${text}"`);
  return Number(text);
}

/** Block time to ask for, so that blocks come every half second; DEMO_BLOCK_MS gives a busy machine more. */
function blockMs(validators: number): number {
  const text = process.env['DEMO_BLOCK_MS'] ?? (validators === 1 ? '750' : '500');
  if (!/^[1-9][0-9]{2,4}$/.test(text)) throw new AssayError('DEMO_BLOCK_MS', `DEMO_BLOCK_MS: expected 100 to 99999, found "${text}"`);
  return Number(text);
}

async function demo(story: Story, processes: ProcessSet, root: string): Promise<void> {
  const validators = validatorCount();
  const sabotage = sabotageOf(process.env['SABOTAGE']);
  const paths = devnetPaths(root);

  const seconds = await rehearse();
  story.step(`A real network: ${validators} validator${validators > 1 ? 's' : ''}, half-second blocks, a sidecar beside each`);
  const network = await startNetwork({
    directory: paths.chain, assayd: assaydPath(), validators, chainId: 'assay-demo-1',
    accounts: Object.fromEntries(PARTIES.map((name) => [name, PURSE])),
    flags: ['--block-time', `${blockMs(validators)}ms`],
    editGenesis: (genesis) => {
      giveTime(genesis, validators, seconds);
      if (sabotage === 'payment') underpayWorkers(genesis);
    },
  }, processes);
  story.say(`blocks come at ${network.nodes.map((n) => n.rpc).join(', ')}`);
  const stage = await createStage(story, paths, processes, network, (name, mnemonic) => writeSecret(paths, name, mnemonic), sabotage);
  const books = await holdingsAt(stage, (await stage.chain.head()).height);
  const [graphql] = await Promise.all([startIndex(stage), openNetwork(stage)]);
  story.say(`an indexer follows the chain from its first block and answers at ${graphql}`);

  story.step('Two real models are published, with provenance and licence');
  const publications = await publishAll(stage, IMAGES);
  const requester = await createRequester(stage, publications);
  const change = await proposeChange(stage);

  story.step(`An honest worker reads ${IMAGES} images; its results are sampled, attested and paid`);
  await startHonestWorker(stage, requester);
  const { lines } = publications;
  const ask = async (line: Line): Promise<{ line: Line; id: bigint }> => ({ line, id: await requester.submit('recognition', line, requester.honestFee) });
  // The first job alone: worker and sidecars fetch the model for it, from the publisher, byte by byte checked.
  const first = [await ask(lines[0]!)];
  story.say(`a job is submitted for ${requester.honestFee}; worker and sidecars fetch the model and check every byte`);
  await readResults(stage, requester, first);
  const others = await Promise.all(lines.slice(1).map(ask));
  const jobs = [...first, ...others];
  // The jobs of the next steps are computed meanwhile.
  const cheated = new Map<string, bigint>();
  for (const cheat of CHEATS) cheated.set(cheat.name, await launch(stage, requester, cheat, lines[0]!, CHEAT_SCRIPT));
  const self = CHEATS.at(-1)!;
  const selfChallenge = challengeOneself(stage, self, cheated.get(self.name)!);
  selfChallenge.catch(() => undefined); // Awaited in its step.
  const accused = await requester.submit('orientation', lines[1]!, requester.honestFee);
  const accusation = accuseHonest(stage, publications, accused, lines[1]!);
  accusation.catch(() => undefined);
  await readResults(stage, requester, others);
  await settleHonest(stage, jobs.map((j) => j.id));

  story.step('Three workers cheat; each is convicted, slashed, and pays');
  for (const cheat of CHEATS.slice(0, 3)) {
    story.say(cheat.intent);
    if (cheat.model === 'recognition') await showClaim(stage, requester, cheated.get(cheat.name)!, lines[0]!);
    await settleFraud(stage, cheat, cheated.get(cheat.name)!);
  }

  story.step('An honest worker is challenged and falsely accused; a cheat challenges itself');
  await settleAccusation(stage, await accusation);
  story.say(self.intent);
  await selfChallenge;
  await settleFraud(stage, self, cheated.get(self.name)!);

  story.step('The books close, and everything can be looked up');
  await settleChange(stage, change);
  const { height } = await stage.chain.head();
  await closeTheBooks(stage, books, height);
  await untilIndexed(stage, asker(graphql), height - 1);
  await lookEverythingUp(stage, graphql, {
    states: { FINAL: jobs.length + 1, FAULTED: CHEATS.length },
    faulted: cheated.get(CHEATS[0]!.name)!,
    final: jobs[0]!.id,
    proposal: change.proposalId,
  });
  story.say(`GraphQL answers at ${graphql}`);
  if (process.env['KEEP']) keepUp(stage, graphql, publications.models.recognition.artifactId, requester.honestFee);
  await requester.server.close();
  stage.chain.close();
}

/** KEEP=1: writes what a visitor needs, and says how to use and how to stop what stays up. */
function keepUp(stage: Stage, graphql: string, artifactId: bigint, fee: bigint): void {
  const { story, paths, network } = stage;
  const clientConfig = writeSettings(paths, 'visitor', {
    ...stage.settings(),
    'key.file': stage.keyFile('visitor'),
    'client.dir': join(paths.data, 'visitor'),
    'client.artifact': artifactId.toString(),
    'client.fee': fee.toString(),
    'client.assayd': assaydPath(),
  });
  writeState(paths.root, {
    chainId: network.chainId, rpc: network.nodes[0]!.rpc, rest: network.nodes[0]!.rest, graphql, clientConfig,
    artifactId: artifactId.toString(), processes: processesOf(stage.processes.children),
  });
  const assay = 'node dist/cli/main.js';
  story.say('Everything stays up. Read a line of text of your own (a PNG), look at any job, and stop it all:');
  story.show([
    `${assay} infer my-line.png`,
    `${assay} job 1`,
    `${assay} devnet status`,
    `${assay} devnet stop`,
    `logs: ${paths.logs}`,
  ]);
}

/**
 * Deadlines of the demo's chain where PROTOCOL's devnet is too hurried for all parties on one machine. A trace of the
 * recognition model has 201 MB, which the cheat and every sidecar write at the same time; the classifier's has 9, so that
 * the one that withholds is still convicted soon.
 */
function giveTime(genesis: Record<string, unknown>, validators: number, seconds: number): void {
  // All verifiers re-execute the first job at the same time as the worker goes on, each from a cold start.
  const cold = Math.ceil((4 + (validators + 1) * seconds) / BLOCK_SECONDS);
  setParams(genesis, 'compute', { commit_blocks: '120', window_blocks: String(Math.max(WINDOW_BLOCKS + 8 * (validators - 1), cold)) });
  setParams(genesis, 'dispute', { trace_bytes_per_block: '2000000', reveal_blocks: '16', prove_base_blocks: String(Math.max(PROVE_BLOCKS, cold)) });
}

/** Seconds that this machine, as busy as it is, takes to start a process and run the recognition model un-optimised. */
async function rehearse(): Promise<number> {
  const runtime = new Runtime({ timeoutMs: 600_000 });
  try {
    const { program, weights } = await prepareModel('recognition', { cache: MODEL_CACHE, runtime });
    const start = performance.now();
    await valueRoots(program, weights, [readLines(1)[0]!.recognition], { timeoutMs: 600_000 });
    return (performance.now() - start) / 1_000;
  } finally {
    await runtime.close();
  }
}

/** SABOTAGE=payment: a chain that pays workers less than the protocol says. */
function underpayWorkers(genesis: Record<string, unknown>): void {
  setParams(genesis, 'compute', { worker_ppm: '800000' });
}

const story = new Story();
let exit = 1;
const root = devnetDirectory();
mkdirSync(root, { recursive: true });
if ((await stopDevnet(root)) > 0) story.say('stopped the devnet that was left up');
for (const old of ['chain', 'data', 'logs', 'keys', 'config', 'proofs']) rmSync(join(root, old), { recursive: true, force: true });
const processes = new ProcessSet(join(root, 'logs'));
const stop = async (): Promise<void> => processes.stopAll(3_000);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().finally(() => process.exit(130)));
try {
  await demo(story, processes, root);
  story.end('The demo passed');
  exit = 0;
  if (process.env['KEEP']) {
    processes.release();
    process.exit(0);
  }
} catch (error) {
  const text = describe(error);
  process.stdout.write(`\n${hasCode(error, 'DEMO_FAILED') ? '' : 'The demo could not go on. '}${text}\nLogs are in ${join(root, 'logs')}.\n`);
}
await stop();
process.exit(exit);
