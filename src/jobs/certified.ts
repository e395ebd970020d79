import { AssayError } from '../errors.js';
import type { RuntimeDescription } from '../onnx/index.js';

/** The runtime whose order of sums a profile certifies; see `npm run bench -- summation`. */
const CERTIFIED: Readonly<Record<string, { readonly runtime: string; readonly versions: readonly string[]; readonly instructionSets: readonly string[] }>> = {
  'ort-wasm': { runtime: 'onnxruntime-web', versions: ['1.30.0'], instructionSets: ['wasm'] },
  'ort-x64-avx512': { runtime: 'onnxruntime-node', versions: ['1.30.0'], instructionSets: ['x64-avx512'] },
};

/** Whether a runtime may work under a profile: one that is for any machine, or is certified for this very runtime. */
export function suits(profile: string, own: RuntimeDescription): boolean {
  const wanted = Object.hasOwn(CERTIFIED, profile) ? CERTIFIED[profile]! : undefined;
  return wanted === undefined || (own.runtime === wanted.runtime && wanted.versions.includes(own.version) && wanted.instructionSets.includes(own.instructionSet));
}

/**
 * Refuses to work under a profile whose narrow bounds were certified for another runtime: an honest worker could be convicted.
 * Profiles that are not known here, and those for any machine, pass.
 *
 * @throws AssayError PROFILE_RUNTIME
 */
export function checkProfile(profile: string, own: RuntimeDescription): void {
  if (suits(profile, own)) return;
  const wanted = CERTIFIED[profile]!;
  throw new AssayError(
    'PROFILE_RUNTIME',
    `profile ${profile} is certified for ${wanted.runtime} ${wanted.versions.join(', ')} on ${wanted.instructionSets.join(', ')}; this is ${own.runtime} ${own.version} on ${own.instructionSet}`,
    { hint: 'Set worker.profile to ieee-fp32, or runtime.backend to the runtime that the profile names.' },
  );
}
