// Every row of the money table and every timeout of PROTOCOL, on a real network: node dist/test/e2e/main.js [part of a name]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeForged, honestValues } from '../../devnet/forge.js';
import { assaydPath, startNetwork } from '../../devnet/network.js';
import { ProcessSet } from '../../devnet/processes.js';
import { tinyModel } from '../../devnet/tiny-model.js';
import { ChainClient, keyFromMnemonic, Sender } from '../../src/chain/index.js';
import { dataRoot, rootOfRoots } from '../../src/merkle/index.js';
import { Runtime, type Prepared } from '../../src/onnx/index.js';
import { publishProgram } from '../../src/requester/index.js';
import { relay, type Lab } from './lab.js';
import { malform, paths, unlitJob, type Path } from './paths.js';

const VALIDATORS = 2;
const WORKERS = Array.from({ length: 14 }, (_, i) => `w${i + 1}`);
const PURSE = 10_000_000_000_000n;

const started = performance.now();
const seconds = (): string => `${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s`;
const say = (line: string): void => void process.stdout.write(`${seconds()}  ${line}\n`);

async function openLab(processes: ProcessSet, dir: string, runtime: Runtime): Promise<Lab> {
  const network = await startNetwork({
    directory: join(dir, 'chain'), assayd: assaydPath(), validators: VALIDATORS, chainId: 'assay-e2e-1',
    accounts: Object.fromEntries(['publisher', 'requester', 'outsider', 'relay', ...WORKERS].map((n) => [n, PURSE])),
    flags: ['--block-time', `${process.env['E2E_BLOCK_MS'] ?? 500}ms`],
  }, processes);
  const chain = await ChainClient.connect({ rpc: network.nodes.map((n) => n.rpc), chainId: network.chainId, pollMs: 150 });
  const senders = new Map<string, Sender>();
  for (const [name, { mnemonic }] of network.accounts) senders.set(name, new Sender(chain, { key: await keyFromMnemonic(mnemonic) }));
  const sender = (name: string): Sender => senders.get(name)!;
  const [{ params }, { params: dispute }] = await Promise.all([chain.query.compute.Params({ version: 0n }), chain.query.dispute.Params({ version: 0n })]);
  const model = await tinyModel(1, runtime);
  const artifactId = await publish(sender('publisher'), model.prepared);
  return { network, chain, runtime, dir, model, artifactId, sender, params: params!.params!, dispute: dispute!.params!, held: new Map() };
}

async function publish(sender: Sender, p: Prepared, weightsRoot = p.weightsRoot): Promise<bigint> {
  const { abs, rel } = p.calibration.tolerance;
  const published = await publishProgram(sender, {
    name: 'a small network', licence: 'Apache-2.0', record: p.record, weightsRoot, sourceDigest: p.sourceDigest,
    tolerance: { abs: abs.toFixed(12), rel: rel.toFixed(12) },
  });
  return published.artifactId;
}

/** Publishes the model again, once to be banned, once with a malformed weight that the chain has never seen. */
async function extras(lab: Lab): Promise<Parameters<typeof paths>[0]> {
  const { prepared } = lab.model;
  const other = await tinyModel(2, lab.runtime);
  const banned = await publish(lab.sender('publisher'), other.prepared);
  const weights = prepared.weights.map((w) => Uint8Array.from(w));
  malform(weights[0]!);
  const artifactId = await publish(lab.sender('publisher'), prepared, rootOfRoots(weights.map((w) => dataRoot(w))));
  const execution = { program: prepared.program, weights: prepared.weights, inputs: [lab.model.input(9)] };
  const values = await honestValues(execution, lab.runtime);
  const dir = join(lab.dir, 'broken');
  await writeForged({ ...execution, weights }, { values, outputs: prepared.program.outputs.map((o) => values[o.index]!) }, dir);
  const unlit = { always: await unlitJob(lab, 'w7', 11, 3), once: await unlitJob(lab, 'w8', 12, 1) };
  return { banned, broken: { artifactId, dir }, unlit };
}

/** Runs a path and says how it went; paths run at once, because each mostly waits for blocks. */
async function attempt(lab: Lab, path: Path, number: number): Promise<boolean> {
  const label = `${String(number).padStart(2)}. ${path.name}`;
  try {
    await path.run(lab);
    say(`✔ ${label}`);
    return true;
  } catch (error) {
    say(`✖ ${label}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return false;
  }
}

const dir = mkdtempSync(join(tmpdir(), 'assay-e2e-'));
const processes = new ProcessSet(join(dir, 'logs'));
const runtime = new Runtime();
const stop = new AbortController();
let failed = 1;
try {
  say(`a network of ${VALIDATORS} validators starts`);
  const lab = await openLab(processes, dir, runtime);
  const relaying = relay(lab, stop.signal);
  const wanted = process.argv[2] ?? '';
  const all = paths(await extras(lab)).map((path, i) => ({ path, number: i + 1 })).filter(({ path }) => path.name.includes(wanted));
  say(`${all.length} paths begin`);
  const results = await Promise.all(all.map(({ path, number }) => attempt(lab, path, number)));
  failed = results.filter((ok) => !ok).length;
  stop.abort();
  await relaying;
  lab.chain.close();
  processes.assertAlive();
  process.stdout.write(`\ne2e: ${results.length - failed} passed, ${failed} failed\n`);
} catch (error) {
  say(`the end-to-end test could not go on: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
stop.abort();
await runtime.close();
await processes.stopAll(3_000);
if (failed === 0) rmSync(dir, { recursive: true, force: true });
else process.stdout.write(`logs are in ${join(dir, 'logs')}\n`);
process.exit(failed === 0 ? 0 : 1);
