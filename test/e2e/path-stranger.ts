import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, run } from '../../cli/run.js';
import { FEES } from './lab.js';
import type { ComputationPath } from './paths-computations.js';

/** docs/computations.md, as a stranger types it. */
export const strangerPath: ComputationPath = {
  name: 'A STRANGER: two tokens by the command line alone',
  async run(lab) {
    const dir = join(lab.net.dir, 'stranger');
    mkdirSync(dir);
    const key = join(dir, 'key');
    writeFileSync(key, lab.net.mnemonic('stranger'), { mode: 0o600 });
    const settings = {
      'chain.id': lab.net.chainId, 'chain.rpc': lab.net.rpc, 'chain.poll_ms': '150', 'key.file': key, 'client.dir': join(dir, 'client'),
      'client.fee': FEES.honest.toString(), 'blobs.allow_private': 'true',
    };
    const configured = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const assay = async (...args: string[]): Promise<string> => {
      const out: string[] = [];
      const err: string[] = [];
      const code = await run(args, { out: (line) => out.push(line), err: (line) => err.push(line) });
      assert.equal(code, EXIT.ok, `assay ${args.join(' ')}: ${err.join('\n')}`);
      return out.join('\n');
    };
    const inputs = (folder: string): string[] => Array.from({ length: 6 }, (_, i) => join(dir, folder, `${i}.bin`));

    await assay('program', 'generate', 'generation', '--seed', '0', '--out', join(dir, 'model'));
    await assay('program', 'prepare', join(dir, 'model/generation.onnx'), '--store', lab.store.dir);
    const published = await assay('publish', join(lab.store.dir, 'generation.onnx.json'), '--name', 'decoder', '--licence', 'Apache-2.0', '--store', lab.store.dir, '--uri', lab.url, ...configured);
    const artifact = /^artifact (\d+) /.exec(published)![1]!;
    const jobs: string[] = [];
    for (const [from, to] of [['model', 'step1'], ['step1', 'step2']] as const) {
      const wait = to === 'step1' ? ['--no-wait'] : [];
      const said = await assay('run', artifact, ...inputs(from), '--exact', '--out', join(dir, to), ...wait, ...configured);
      jobs.push(/^job (\d+): /m.exec(said)![1]!);
    }
    for (const id of jobs) await lab.final(BigInt(id));
    const chained = await assay('chained', '6', ...jobs, ...configured);
    const positions = ['model', 'step1', 'step2'].map((folder) => readFileSync(inputs(folder)[1]!).readBigInt64LE());
    assert.deepEqual(positions, [0n, 1n, 2n]);
    return chained;
  },
};
