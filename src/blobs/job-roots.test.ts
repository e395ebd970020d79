import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssayError } from '../errors.js';
import { formatJobRoots, parseJobRoots, type JobRoots } from './job-roots.js';

const root = new Uint8Array(32).fill(7);
const roots: JobRoots = { chainId: 'assay-1', jobId: 3n, programRoot: root, input: [root], weight: [], output: [root], value: undefined };
const text = formatJobRoots(roots);

test('job roots survive their text', () => {
  assert.deepEqual(parseJobRoots(Buffer.from(text), 'here'), roots);
});

test('what a worker may serve instead is refused with a code', () => {
  const hostile = ['', 'null', '[]', '"x"', '{}', text.replace('"3"', '3'), text.replace('"3"', '"-3"'), text.slice(0, -1), text.replace('"input":[', '"input":[{"toString":1,"valueOf":1},'),
    text.replace('"input":[', '"input":[null,'), text.replace('"input":[', '"input":[[],'), text.replace('"weight":[]', '"weight":{"length":9}')];
  for (const served of [...hostile.map((s) => Buffer.from(s)), Buffer.of(0xff, 0xfe)])
    assert.throws(() => parseJobRoots(served, 'a worker'), (e: unknown) => e instanceof AssayError, String(served));
});
