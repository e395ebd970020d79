import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatJobRoots, hexRoot, parseJobRoots, type BlobStore, type JobRoots } from '../src/blobs/index.js';
import { writeWhole } from '../src/jobs/index.js';
import { tensorPath } from '../src/onnx/index.js';

/**
 * A worker's results on disk: one file a job with every data root, written whole or not at all, the bytes in the blob
 * store, the trace in a directory of its own. A result that is here is complete.
 */
export class Results {
  readonly store: BlobStore;
  readonly #dir: string;

  constructor(dir: string, store: BlobStore) {
    this.#dir = dir;
    this.store = store;
  }

  /** Roots of a job's result; undefined when it was not run, or its file is no result. */
  async get(jobId: bigint): Promise<JobRoots | undefined> {
    const path = this.#path(jobId);
    const bytes = await readFile(path).catch(() => undefined);
    return bytes && parseJobRoots(bytes, path);
  }

  /** Keeps a result. The bytes behind its roots are in the store already. */
  async put(roots: JobRoots): Promise<void> {
    await writeWhole(this.#path(roots.jobId), formatJobRoots(roots));
  }

  /** Directory for a job's trace; what an interrupted run left there whole is not run again. */
  traceDirectory(jobId: bigint): string {
    return join(this.#dir, 'traces', jobId.toString());
  }

  /** Lets the blob store serve the values of a trace, without copying them. */
  async shareTrace(dir: string, values: readonly Uint8Array[]): Promise<void> {
    for (const [i, root] of values.entries()) await this.store.linkTensor(root, tensorPath(dir, 'value', i), true);
  }

  /** Drops a job's trace, whole or interrupted. What another result still needs stays; output and inputs stay for the requester. */
  async dropTrace(jobId: bigint): Promise<void> {
    const roots = await this.get(jobId);
    if (roots?.value) await this.put({ ...roots, value: undefined });
    await rm(this.traceDirectory(jobId), { recursive: true, force: true });
    if (!roots?.value) return;
    const needed = new Set((await this.#all()).flatMap((r) => [...r.input, ...r.weight, ...r.output, ...(r.value ?? [])].map(hexRoot)));
    for (const root of roots.value) if (!needed.has(hexRoot(root))) await this.store.remove('tensor', root);
  }

  /** Jobs of whose trace something is kept. */
  async traced(): Promise<bigint[]> {
    const whole = (await this.#all()).filter((r) => r.value).map((r) => r.jobId);
    const begun = (await readdir(join(this.#dir, 'traces')).catch(() => [])).filter((n) => /^\d+$/.test(n)).map(BigInt);
    return [...new Set([...whole, ...begun])];
  }

  async #all(): Promise<JobRoots[]> {
    const names = await readdir(join(this.#dir, 'jobs')).catch(() => []);
    const found = await Promise.all(names.filter((n) => /^\d+\.json$/.test(n)).map((n) => this.get(BigInt(n.slice(0, -5)))));
    return found.filter((r) => r !== undefined);
  }

  #path(jobId: bigint): string {
    return join(this.#dir, 'jobs', `${jobId}.json`);
  }
}
