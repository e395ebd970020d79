// The certificates of this repository: well-formed, of all inputs, for the claims of today, and true on this machine.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { EngineOptions } from '../src/onnx/engine.js';
import { certificatePath, difference, digestOf, identify, parse, type Certificate, type Identity } from './certificate.js';
import { FUNCTIONS } from './functions.js';
import { Kernel } from './kernel.js';
import { runAll, stratified } from './remainders.js';
import { BATCH, SEGMENTS, sweepSegment } from './sweep.js';
import { table } from './table.js';
import { MEASURES, Tally, type TallyState } from './tally.js';

const folder = fileURLToPath(new URL('../../certificates', import.meta.url));
const certificates = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
  .map(({ name, text }) => ({ name, c: parse(text, name) }));
const seed = Number(process.env['CERTIFY_SEED'] ?? randomInt(2 ** 32));

const optionsOf = (c: Certificate): EngineOptions => ({ backend: c.runtime === 'onnxruntime-web' ? 'ort-wasm' : 'ort-node', threads: c.threads });
const functionOf = (c: Certificate): (typeof FUNCTIONS)[number] => FUNCTIONS.find((f) => f.name === c.function) ?? assert.fail(`${c.function} is not certifiable`);

before(() => console.log(`certificates: seed ${seed} (CERTIFY_SEED repeats it)`));

test('there are certificates for every constant of the referee', () => {
  const native = new Set(certificates.filter(({ c }) => c.runtime === 'onnxruntime-node').map(({ c }) => c.function));
  for (const f of FUNCTIONS) if (f.claim !== undefined) assert.ok(native.has(f.name), `${f.name} has no certificate`);
});

for (const { name, c } of certificates) {
  test(`${name} is of all inputs and for the claims of today`, () => {
    const f = functionOf(c);
    assert.deepEqual({ op: c.op, attributes: c.attributes, bound: c.bound, claim: c.claim }, { op: f.op, attributes: f.attributes, bound: f.boundText, claim: f.claim ?? null });
    assert.equal(certificatePath('', c), name);
    assert.equal(c.inputs, 2 ** 32);
    // Every input was seen exactly once: all counts and the two infinities.
    assert.equal(Object.values(c.counts).reduce((sum, n) => sum + n, 2), 2 ** 32);
    assert.equal(c.segments.length, SEGMENTS);
    assert.equal(c.digest, digestOf(c.segments));
    assert.equal(c.holds, true, 'a profile that this describes must not be used');
    for (const worst of [c.worst, c.remainders.worst]) assert.ok((worst.share?.value ?? 0) <= 1);
    assert.notEqual(c.worst.share, undefined);
    for (const counts of [c.counts, c.remainders.counts]) assert.equal(counts.wrong_infinity + counts.wrong_nan + counts.wrong_number, 0);
    assert.ok(c.remainders.inputs >= 2 ** 16);
    if (c.remainders.swept_by !== null) assert.equal(Object.values(c.remainders.counts).reduce((sum, n) => sum + n, 2), 2 ** 32);
  });
}

test('docs/certificates.md has the table of these certificates', () => {
  const path = fileURLToPath(new URL('../../docs/certificates.md', import.meta.url));
  const text = readFileSync(path, 'utf8');
  const inOrder = certificates
    .map(({ c }) => c)
    .sort((a, b) => (a.runtime < b.runtime ? -1 : a.runtime > b.runtime ? 1 : FUNCTIONS.indexOf(functionOf(a)) - FUNCTIONS.indexOf(functionOf(b))));
  const expected = text.replace(/(?<=<!-- table -->\n).*?(?=\n<!-- end of table -->)/s, () => table(inOrder));
  if (process.env['UPDATE_VECTORS'] !== undefined) writeFileSync(path, expected);
  assert.equal(readFileSync(path, 'utf8'), expected, 'run this test with UPDATE_VECTORS=1');
  assert.ok(expected.includes(table(inOrder)));
});

/** Certificates of a runtime that is installed here; of others this machine can say nothing. */
async function ofThisMachine(): Promise<{ name: string; c: Certificate; skip: string | undefined }[]> {
  const out = [];
  const runtimes = new Map<string, Identity>(); // to hash a library takes a while
  for (const { name, c } of certificates) {
    const f = functionOf(c);
    const runtime = runtimes.get(c.runtime) ?? (await identify(f, optionsOf(c)));
    runtimes.set(c.runtime, runtime);
    const other = difference(c, { ...runtime, function: f.name, bound: f.boundText });
    out.push({ name, c, skip: other && `${name}: another machine (${other.field} ${other.found}, certified ${other.expected})` });
  }
  return out;
}

const here = await ofThisMachine();

/** Results of the whole-register kernel for these inputs, tallied. */
async function retry(c: Certificate, x: Uint32Array): Promise<{ y: Uint32Array; state: TallyState }> {
  const kernel = await Kernel.open(functionOf(c), BATCH, optionsOf(c));
  const y = await runAll(kernel, x);
  await kernel.close();
  const tally = new Tally(functionOf(c));
  tally.add(x, y);
  return { y, state: tally.state() };
}

for (const { name, c, skip } of here) {
  test(`${name}: a stratified sample errs no more than certified, the worst cases as certified`, { skip }, async () => {
    const sample = stratified(seed, 240);
    const { state } = await retry(c, sample);
    for (const measure of MEASURES) {
      const [found, certified] = [state.worst[measure], c.worst[measure]];
      if (found !== undefined) assert.ok(found.value <= certified!.value, `${measure} ${found.value} at ${found.x}, certified ${certified?.value} (seed ${seed})`);
    }
    const cases = Object.values(c.worst);
    const { y } = await retry(c, Uint32Array.from(cases, (w) => parseInt(w.x, 16)));
    assert.deepEqual([...y], cases.map((w) => parseInt(w.y, 16)));
  });
}

// Whole segments are slow to recompute, so each run takes one certificate of each runtime and one segment of it.
for (const runtime of ['onnxruntime-node', 'onnxruntime-web']) {
  const mine = here.filter((h) => h.c.runtime === runtime && h.skip === undefined);
  const chosen = mine[seed % Math.max(mine.length, 1)];
  const segment = (seed >>> 8) % SEGMENTS;
  test(`${chosen?.name ?? runtime}: segment ${segment} comes out bit for bit`, { skip: chosen === undefined && `no certificate of ${runtime} is of this machine` }, async () => {
    const { c } = chosen!;
    const kernel = await Kernel.open(functionOf(c), BATCH, optionsOf(c));
    const digest = await sweepSegment(kernel, segment, new Tally(functionOf(c)));
    await kernel.close();
    assert.equal(digest, c.segments[segment], `seed ${seed}`);
  });
}

