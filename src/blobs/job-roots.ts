import { AssayError } from '../errors.js';
import { hexRoot, parseRoot } from './store.js';

/** Data roots behind a job's commitments, as its worker serves them at `/v1/job/{id}/roots`. */
export interface JobRoots {
  readonly chainId: string;
  readonly jobId: bigint;
  readonly programRoot: Uint8Array;
  readonly input: readonly Uint8Array[];
  readonly weight: readonly Uint8Array[];
  readonly output: readonly Uint8Array[];
  /** of the trace; absent while none was built */
  readonly value: readonly Uint8Array[] | undefined;
}

/** JSON text of job roots: roots in lower-case hexadecimal, `value` null without a trace. */
export function formatJobRoots(roots: JobRoots): string {
  const hex = (list: readonly Uint8Array[]) => list.map(hexRoot);
  return JSON.stringify({
    chain_id: roots.chainId,
    job_id: roots.jobId.toString(),
    program_root: hexRoot(roots.programRoot),
    input: hex(roots.input),
    weight: hex(roots.weight),
    output: hex(roots.output),
    value: roots.value ? hex(roots.value) : null,
  });
}

/**
 * Reads job roots.
 *
 * @param from where they came from, for messages
 * @throws AssayError JOB_ROOTS_MALFORMED (peer)
 */
export function parseJobRoots(bytes: Uint8Array, from: string): JobRoots {
  const malformed = (why: string, cause?: unknown) => new AssayError('JOB_ROOTS_MALFORMED', `${from}: ${why}`, { decision: 'peer', cause });
  let object: unknown;
  try {
    object = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed('not JSON', cause);
  }
  const field = (name: string): unknown => (typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined);
  const text = (name: string): string => {
    const value = field(name);
    if (typeof value !== 'string') throw malformed(`${name} is not a text`);
    return value;
  };
  const list = (name: string): Uint8Array[] => {
    const value = field(name);
    if (!Array.isArray(value)) throw malformed(`${name} is not a list`);
    return value.map((root: unknown) => {
      if (typeof root !== 'string') throw malformed(`${name} holds something that is no text`);
      return parseRoot(root);
    });
  };
  if (!/^[0-9]{1,20}$/.test(text('job_id'))) throw malformed('job_id is not a number');
  return {
    chainId: text('chain_id'),
    jobId: BigInt(text('job_id')),
    programRoot: parseRoot(text('program_root')),
    input: list('input'),
    weight: list('weight'),
    output: list('output'),
    value: field('value') === null ? undefined : list('value'),
  };
}
