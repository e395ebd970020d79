import type { BlobClient } from '../blobs/index.js';
import type { ChainClient } from '../chain/index.js';
import type { Job } from '../chain/generated/assay/compute/v1/compute.js';
import { AssayError } from '../errors.js';
import { byteLength, decodeProgram, openProgram, programRoot, tensorOf, type Program, type Tensor } from '../onnx/index.js';

const MAX_RECORD_BYTES = 1 << 20;

/**
 * The outputs that a job's worker committed to, from the worker's endpoint, every byte checked against the roots on chain.
 *
 * @throws AssayError JOB_NOT_COMMITTED, BLOB_UNAVAILABLE (retry)
 */
export async function fetchOutputs(client: ChainClient, blobs: BlobClient, job: Job, signal?: AbortSignal): Promise<Tensor[]> {
  if (job.outputDataRoots.length === 0) throw new AssayError('JOB_NOT_COMMITTED', `job ${job.id} has no result yet`, { decision: 'retry' });
  const [{ worker }, { artifact }] = await Promise.all([
    client.query.compute.Worker({ address: job.worker }),
    client.query.registry.Artifact({ id: job.artifactId }),
  ]);
  const endpoint = worker?.endpoint ?? '';
  const program = await fetchProgram(blobs, [...(artifact?.uris ?? []), endpoint], job, signal);
  return Promise.all(
    program.outputs.map(async (o, i) => {
      const root = job.outputDataRoots[i]!;
      await blobs.tensor([endpoint], root, byteLength(o.type!), signal);
      return tensorOf(o.type!, await blobs.store.tensor(root));
    }),
  );
}

/** The program of a job or an artifact, checked against its root. */
export async function fetchProgram(blobs: BlobClient, sources: readonly string[], job: Partial<Pick<Job, 'program'>>, signal?: AbortSignal): Promise<Program> {
  const root = job.program?.root ?? new Uint8Array();
  const record = await blobs.program(sources, root, MAX_RECORD_BYTES, (bytes) => programRoot(decodeProgram(bytes)), signal);
  return openProgram(record, root);
}
