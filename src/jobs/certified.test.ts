import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../errors.js';
import { checkProfile, suits } from './certified.js';

test('a profile with narrow bounds is only worked under on the runtime that it was certified for', () => {
  const native = { runtime: 'onnxruntime-node', version: '1.30.0', libraryHash: new Uint8Array(32), instructionSet: 'x64-avx512', threads: 2 };
  const wasm = { ...native, runtime: 'onnxruntime-web', instructionSet: 'wasm', threads: 1 };
  checkProfile('ort-x64-avx512', native);
  checkProfile('ort-wasm', wasm);
  for (const any of [native, wasm, { ...native, instructionSet: 'arm64', version: '9.0.0' }]) {
    checkProfile('ieee-fp32', any);
    checkProfile('toString', any); // a profile of this network that is not known here
  }
  for (const [profile, own] of [
    ['ort-wasm', native],
    ['ort-x64-avx512', wasm],
    ['ort-x64-avx512', { ...native, instructionSet: 'x64-avx2' }],
    ['ort-x64-avx512', { ...native, instructionSet: 'arm64' }],
    ['ort-x64-avx512', { ...native, version: '1.30.1' }],
    ['ort-wasm', { ...wasm, version: '1.29.0' }],
  ] as const) {
    assert.ok(!suits(profile, own));
    assert.throws(() => checkProfile(profile, own), (e) => hasCode(e, 'PROFILE_RUNTIME') && /ieee-fp32/.test((e as { hint?: string }).hint ?? ''), `${profile} on ${own.runtime} ${own.version} ${own.instructionSet}`);
  }
});
