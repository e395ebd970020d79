import { setMaxListeners } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { tinyModel } from '../../devnet/tiny-model.js';
import { Runtime } from '../../src/onnx/index.js';
import { publishProgram } from '../../src/requester/index.js';
import { createReferee } from '../../validator/index.js';
import { startTestNetwork, type TestNetwork } from '../daemons/network.js';
import { Book } from './book.js';
import { closing, opening, type Opening } from './closing.js';
import { walkComputations } from './computations.js';
import { strangerPath } from './path-stranger.js';
import { computationPaths } from './paths-computations.js';
import { Feed } from './feed.js';
import { patient } from './patience.js';
import { settle, type Path } from './path.js';
import { faultedPaths } from './paths-faulted.js';
import { finalPaths } from './paths-final.js';
import { returnedPaths } from './paths-returned.js';
import { relayRounds, type Withheld } from './relay.js';
import { makeRuns } from './runs.js';
import { Stage } from './stage.js';
import type { World } from './world.js';

// Every row of the money table and every timeout of docs/protocol.md, for real, on one network, all at once; then
// computations beyond inference on a network with real daemons.
// E2E_ONLY=12,13 runs some paths; E2E_SEED and E2E_VALIDATORS choose input and network; KEEP=1 keeps the folder.

const PATHS: readonly Path[] = [...returnedPaths, ...finalPaths, ...faultedPaths];
const COMPUTATIONS = [...computationPaths, strangerPath];
const TOTAL = PATHS.length + COMPUTATIONS.length;
const SEED = Number(process.env['E2E_SEED'] ?? 1);
const VALIDATORS = Number(process.env['E2E_VALIDATORS'] ?? 2);
const WEIGHTS = 7;
const ONLY = process.env['E2E_ONLY']?.split(',').map(Number);
const ROLES = ['requester', 'worker', 'outsider-a', 'outsider-b', 'outsider-c'] as const;
/** Blocks around the fixing of a withheld round in which nobody commits: others would wait for the same round. */
const QUIET = { before: 9n, after: 3n };

const started = Date.now();
const seconds = (): string => ((Date.now() - started) / 1_000).toFixed(0);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const two = (n: number): string => n.toString().padStart(2, '0');
const account = (i: number, role: string): string => `p${i + 1}-${role}`;
const isChosen = ({ i }: { i: number }): boolean => !ONLY || ONLY.includes(i + 1);
const chosen = PATHS.map((path, i) => ({ path, i })).filter(isChosen);
const chosenComputations = COMPUTATIONS.map((path, k) => ({ path, i: PATHS.length + k })).filter(isChosen);
const labelOf = (i: number, name: string): string => `path ${two(i + 1)}/${TOTAL} ${name}`;

async function openWorld(net: TestNetwork, signal: AbortSignal): Promise<{ world: World; start: Opening }> {
  const { client } = net;
  const [{ params: compute }, { params: dispute }] = await Promise.all([client.query.compute.Params({ version: 0n }), client.query.dispute.Params({ version: 0n })]);
  const denom = compute!.params!.denom;
  const start = await opening(client, denom, net.operators);
  const feed = new Feed(client, start.modules, denom, start.deposits);
  void feed.run(signal);
  const runtime = new Runtime();
  try {
    const publisher = await net.sender('publisher');
    const model = await tinyModel(WEIGHTS, runtime);
    const { record, weightsRoot, program } = model.prepared;
    const { artifactId } = await publishProgram(publisher, { name: 'tiny', licence: 'Apache-2.0', uris: [], record, weightsRoot, tolerance: { abs: '0.00001', rel: '0.001' } });
    const { artifact } = await client.query.registry.Artifact({ id: artifactId });
    const folder = join(net.dir, 'runs');
    mkdirSync(folder, { recursive: true });
    const runs = await makeRuns(model, artifact!.program!, runtime, await createReferee(net.assayd), compute!.params!.profiles, folder, SEED);
    const withheld: Withheld = new Map();
    // Quiet until the withheld job has its first round, and around each of the next ones.
    const beaconRuns = chosen.some(({ path }) => path.name.startsWith('VOID BEACON'));
    const mayCommit = (): boolean => {
      if (!beaconRuns) return true;
      const id = [...withheld].find(([, tries]) => tries === 3)?.[0];
      const job = id === undefined ? undefined : feed.jobs.get(id);
      if (job === undefined || job.beaconTries === 0) return false;
      const to = job.deadline - BigInt(feed.height);
      const since = BigInt(feed.height) - (job.deadline - compute!.params!.beaconBlocks);
      return job.endHeight > 0n || (since >= QUIET.after && (to > QUIET.before || job.beaconTries === 3));
    };
    const verifiers = await Promise.all(net.operators.map((_, i) => net.sender(`validator-${i}`)));
    const relay = await net.sender('relay');
    relayRounds(relay, net.beacon.url, withheld, signal).catch((error: unknown) => signal.aborted || say(`the relay of beacons failed: ${String(error)}`));
    return {
      start,
      world: {
        net, feed, compute: compute!.params!, dispute: dispute!.params!, denom, verifiers, relay, program, record, artifactId, runs, total: new Book(), withheld, mayCommit, signal,
      },
    };
  } finally {
    await runtime.close();
  }
}

/** More patience where a path needs several messages in a row, less where it only waits. */
const BLOCKS = { window_blocks: 30, reveal_blocks: 16, serve_blocks: 16, trace_base_blocks: 20, beacon_blocks: 30 };

/** Runs one path and prints its line; false if it failed. */
async function walk(world: World, path: Path, i: number): Promise<boolean> {
  const began = Date.now();
  const label = labelOf(i, path.name);
  try {
    const [requester, worker, ...outsiders] = await Promise.all(ROLES.map((role) => world.net.sender(account(i, role))));
    const stage = new Stage(world, requester!, worker!, outsiders);
    const starts = new Map<string, bigint>();
    for (const party of [requester!, worker!, ...outsiders]) starts.set(party.address, await world.net.client.balance(party.address, world.denom));
    const seen = await path.run(stage);
    await settle(stage, starts);
    say(`${label}: ${seen} (height ${world.feed.height}, ${((Date.now() - began) / 1_000).toFixed(0)} s)`);
    return true;
  } catch (error) {
    say(`${label}: FAILED at height ${world.feed.height}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return false;
  }
}

/** The paths of scripted parties; the number of those that failed. */
async function scripted(onUp: () => void): Promise<number> {
  say(`${chosen.length} paths, ${VALIDATORS} validators, seeds: weights ${WEIGHTS}, input ${SEED}`);
  const accounts = ['publisher', 'relay', ...chosen.flatMap(({ i }) => ROLES.map((role) => account(i, role)))];
  const net = await startTestNetwork(accounts, VALIDATORS, [], patient(BLOCKS));
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  try {
    const { world, start } = await openWorld(net, over.signal);
    say(`network at height ${world.feed.height} after ${seconds()} s`);
    onUp();
    const passed = await Promise.all(chosen.map(({ path, i }) => walk(world, path, i)));
    const failed = passed.filter((p) => !p).length;
    if (failed > 0) return failed;
    for (const line of await closing(world, start)) say(line);
    say(`${chosen.length} scripted paths passed: ${world.feed.jobs.size} jobs, ${world.feed.payments.length} payments, ${world.feed.height} blocks, ${seconds()} s`);
    return 0;
  } finally {
    over.abort(new Error('the test is over'));
    await net.stop();
  }
}

async function main(): Promise<number> {
  // Both networks mostly wait for blocks, so they wait together; the second starts when the first is up.
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const first = chosen.length > 0 ? scripted(begin).finally(begin) : Promise.resolve(0).finally(begin);
  const second = begun.then(() => {
    const computations = chosenComputations.map(({ path, i }) => ({ path, label: labelOf(i, path.name) }));
    return computations.length > 0 ? walkComputations(computations, say) : 0;
  });
  const failed = (await Promise.all([first, second])).reduce((a, b) => a + b);
  const count = chosen.length + chosenComputations.length;
  say(failed > 0 ? `${failed} of ${count} paths FAILED after ${seconds()} s` : `all ${count} paths passed after ${seconds()} s`);
  return failed > 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
});
