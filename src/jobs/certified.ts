import { AssayError } from '../errors.js';
import type { RuntimeDescription } from '../onnx/index.js';

/** The runtime whose order of sums a profile certifies; see `npm run bench -- summation`. */
const CERTIFIED: Readonly<Record<string, { readonly runtime: string; readonly versions: readonly string[]; readonly instructionSets: readonly string[] }>> = {
  'ort-wasm': { runtime: 'onnxruntime-web', versions: ['1.30.0'], instructionSets: ['wasm'] },
  'ort-x64-avx512': { runtime: 'onnxruntime-node', versions: ['1.30.0'], instructionSets: ['x64-avx512'] },
};

/**
 * Refuses to work under a profile whose narrow bounds were certified for another runtime: an honest worker could be convicted.
 * Profiles that are not known here, and those for any machine, pass.
 *
 * @throws AssayError PROFILE_RUNTIME
 */
export function checkProfile(profile: string, own: RuntimeDescription): void {
  const wanted = Object.hasOwn(CERTIFIED, profile) ? CERTIFIED[profile]! : undefined;
  if (wanted === undefined) return;
  if (own.runtime === wanted.runtime && wanted.versions.includes(own.version) && wanted.instructionSets.includes(own.instructionSet)) return;
  throw new AssayError(
    'PROFILE_RUNTIME',
    `profile ${profile} is certified for ${wanted.runtime} ${wanted.versions.join(', ')} on ${wanted.instructionSets.join(', ')}; this is ${own.runtime} ${own.version} on ${own.instructionSet}`,
    { hint: 'Set worker.profile to ieee-fp32, or runtime.backend to the runtime that the profile names.' },
  );
}
