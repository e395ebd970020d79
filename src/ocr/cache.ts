import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sameHash } from '../merkle/index.js';
import { assemble, byteLength, type Calibration, type Prepared, type PrepareSummary } from '../onnx/index.js';

// A prepared model on disk: record.bin, weights.bin (all weights in order, in their layouts) and prepared.json. What is read
// back is checked against its digest, so a damaged cache only costs time.

interface Meta {
  readonly digest: string;
  readonly sourceDigest: string;
  readonly calibration: Calibration;
  readonly rewrites: Record<string, number>;
  readonly warnings: string[];
  readonly summary: PrepareSummary;
}

/** Keeps a prepared model in `dir`; a directory that is there already is left alone. */
export async function savePrepared(dir: string, prepared: Prepared): Promise<void> {
  await mkdir(dirname(dir), { recursive: true });
  const part = await mkdtemp(`${dir}.`);
  const meta: Meta = {
    digest: Buffer.from(prepared.digest).toString('hex'),
    sourceDigest: Buffer.from(prepared.sourceDigest).toString('hex'),
    // JSON has no Infinity: a program without decisions has the largest number as its margin.
    calibration: { ...prepared.calibration, margin: Math.min(prepared.calibration.margin, Number.MAX_VALUE) },
    rewrites: { ...prepared.rewrites },
    warnings: [...prepared.warnings],
    summary: prepared.summary,
  };
  await writeFile(join(part, 'record.bin'), prepared.record);
  await writeFile(join(part, 'weights.bin'), prepared.weights);
  await writeFile(join(part, 'prepared.json'), JSON.stringify(meta, null, 1));
  try {
    await rename(part, dir);
  } catch {
    await rm(part, { recursive: true }); // another process was faster
  }
}

/** A prepared model from `dir`, or undefined when there is none or its digest does not match. */
export async function loadPrepared(dir: string): Promise<Prepared | undefined> {
  try {
    const meta = JSON.parse(await readFile(join(dir, 'prepared.json'), 'utf8')) as Meta; // ours; the digest is checked below
    const record = new Uint8Array(await readFile(join(dir, 'record.bin')));
    const all = await readFile(join(dir, 'weights.bin'));
    const sourceDigest = new Uint8Array(Buffer.from(meta.sourceDigest, 'hex'));
    const { calibration, rewrites, warnings, summary } = meta;
    const parts = { record, sourceDigest, calibration, rewrites, warnings, summary };
    let at = 0;
    const weights = assemble({ ...parts, weights: [] }).program.weights.map((type) => new Uint8Array(all.subarray(at, (at += byteLength(type)))));
    const prepared = assemble({ ...parts, weights });
    return at === all.length && sameHash(prepared.digest, Buffer.from(meta.digest, 'hex')) ? prepared : undefined;
  } catch {
    return undefined; // missing or damaged: prepared anew
  }
}
