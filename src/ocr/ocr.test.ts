import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PNG } from 'pngjs';
import { AssayError } from '../errors.js';
import { dataRoot } from '../merkle/index.js';
import { checkGoldenRecords } from '../onnx/golden.js';
import { float32, floats, outputRoot, regenerateNode, rowMajorWeights, Runtime, Session, trace, valueRoots, type Prepared } from '../onnx/index.js';
import {
  decodeOrientation, decodeText, MODELS, orientationInput, parseDictionary, prepareModel, readDictionary, readModel, readPng, recognitionInput,
  resize, rotate180, type Image,
} from './index.js';

const images = new URL('../../../test/images/', import.meta.url);
const truth = JSON.parse(readFileSync(new URL('truth.json', images), 'utf8')) as { file: string; text: string; degrees: 0 | 180 }[];
const png = (file: string): Image => readPng(readFileSync(new URL(file, images)));
const upright = truth.filter((t) => t.degrees === 0).map((t) => png(t.file));

const runtime = new Runtime();
const scratch = await mkdtemp(join(tmpdir(), 'assay-ocr-'));
let recognition: Prepared;
let orientation: Prepared;
before(async () => {
  recognition = await prepareModel('recognition', { cache: scratch, images: upright.slice(0, 3), runtime });
  orientation = await prepareModel('orientation', { cache: scratch, images: upright.slice(0, 3), runtime });
});
after(async () => {
  await runtime.close();
  await rm(scratch, { recursive: true });
});

test('the demo models become the programs that were measured', () => {
  const r = recognition.summary;
  assert.deepEqual([r.nodes, r.values, r.weights, r.recordBytes, r.weightBytes, r.traceBytes, r.relayouts], [403, 403, 304, 23667, 10_761_164, 201_526_720, 0]);
  assert.equal(Math.round(r.macs / 1e5), 7025); // 702.5 million
  assert.ok(r.worstProof < 40_000, `worst proof ${r.worstProof}`);
  const o = orientation.summary;
  assert.deepEqual([o.nodes, o.weights, o.recordBytes, o.traceBytes], [215, 249, 15_709, 13_270_152]);
  assert.ok(recognition.calibration.tolerance.rel >= 1e-4 && recognition.calibration.tolerance.rel <= 1e-2, String(recognition.calibration.tolerance.rel));
  assert.ok(recognition.calibration.tolerance.abs <= 1e-5);
});

test('their records are the golden ones: same file, same program, on every machine', () => {
  const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');
  const records = Object.entries({ recognition, orientation }).map(([name, p]) => ({ name, record: hex(p.record), root: hex(p.programRoot) }));
  checkGoldenRecords('models', 'records of the two demo models; the chain registers both', records);
});

test('every line is read as it was written, un-optimised, optimised and on WASM, whichever way up it lies', async () => {
  const dictionary = await readDictionary();
  assert.equal(dictionary.length, 6625);
  assert.ok(truth.length >= 7 && truth.some((t) => t.degrees === 180));
  const turner = await Session.open(orientation.program, orientation.weights, { runtime });
  const readers = [
    await Session.open(recognition.program, recognition.weights, { runtime }),
    await Session.open(recognition.program, recognition.weights, { runtime, optimised: true }),
    await Session.open(recognition.program, recognition.weights, { runtime, backend: 'ort-wasm' }),
  ];
  for (const { file, text, degrees } of truth) {
    const image = png(file);
    const found = decodeOrientation((await turner.run([orientationInput(image)]))[0]!);
    assert.equal(found.degrees, degrees, file);
    const input = recognitionInput(degrees === 180 ? rotate180(image) : image);
    for (const reader of readers) assert.equal(decodeText((await reader.run([input]))[0]!, dictionary).text, text, file);
  }
  for (const session of [...readers, turner]) await session.close();
});

test('optimised outputs lie within the calibrated tolerance', async () => {
  const { abs, rel } = recognition.calibration.tolerance;
  const plain = await Session.open(recognition.program, recognition.weights, { runtime });
  const fused = await Session.open(recognition.program, recognition.weights, { runtime, optimised: true });
  for (const image of upright) {
    const y = floats((await fused.run([recognitionInput(image)]))[0]!);
    const reference = floats((await plain.run([recognitionInput(image)]))[0]!);
    assert.ok(y.every((v, i) => Math.abs(v - reference[i]!) <= abs + rel * Math.abs(reference[i]!)));
  }
  await plain.close();
  await fused.close();
});

test('a trace of a real model: outputs, segments and lone nodes agree bit for bit', async () => {
  const input = orientationInput(upright[1]!);
  const dir = join(scratch, 'bundle');
  const roots = await trace(orientation.program, orientation.weights, [input], dir, { runtime, segmentBytes: 3_000_000 });
  assert.equal(roots.value.length, 215);
  assert.deepEqual(await valueRoots(orientation.program, orientation.weights, [input], { runtime, segmentBytes: 1 }), roots.value);
  const session = await Session.open(orientation.program, orientation.weights, { runtime });
  assert.deepEqual(outputRoot((await session.run([input])).map((t) => dataRoot(t.data))), outputRoot(roots.output));
  await session.close();
  assert.equal((await readdir(join(dir, 'value'))).length, 215);
  // A lone node keeps its weights as initializers, so that the same kernel runs.
  const convolution = orientation.program.nodes.findIndex((n) => n.op === 'Conv');
  const lone = regenerateNode(orientation.program, rowMajorWeights(orientation.program, orientation.weights), convolution);
  assert.deepEqual(lone.inputs.map((o) => o.kind), [orientation.program.nodes[convolution]!.inputs[0]!.kind]);
});

test('the cache is used, and a damaged one only costs time', async () => {
  const options = { cache: scratch, images: upright.slice(0, 3), runtime };
  const again = await prepareModel('orientation', options);
  assert.deepEqual(again.digest, orientation.digest);
  assert.deepEqual(again.calibration, { ...orientation.calibration });
  const [name] = (await readdir(scratch)).filter((d) => d.startsWith('orientation-'));
  const copy = await mkdtemp(join(tmpdir(), 'assay-cache-'));
  await cp(join(scratch, name!), join(copy, name!), { recursive: true });
  const path = join(copy, name!, 'weights.bin');
  const weights = await readFile(path);
  weights[100]! ^= 1;
  await writeFile(path, weights);
  const repaired = await prepareModel('orientation', { ...options, cache: copy });
  assert.deepEqual(repaired.digest, orientation.digest);
  await rm(copy, { recursive: true });
});

test('models are what they should be, or refused', async () => {
  assert.equal((await readModel(MODELS.orientation)).length, 578_966);
  await assert.rejects(() => readModel({ ...MODELS.orientation, sha256: '00'.repeat(32) }), coded('MODEL_DIGEST'));
  await assert.rejects(() => readModel({ ...MODELS.orientation, path: 'assets/none.onnx' }), coded('MODEL_MISSING'));
});

function coded(code: string) {
  return (error: unknown): boolean => error instanceof AssayError && error.code === code;
}

test('bytes that are no image, damaged or huge, are refused', () => {
  assert.throws(() => readPng(new Uint8Array(10)), coded('IMAGE_UNREADABLE'));
  assert.throws(() => readPng(new TextEncoder().encode('GIF89a'.repeat(20))), coded('IMAGE_UNREADABLE'));
  const bytes = new Uint8Array(readFileSync(new URL('line-1.png', images)));
  assert.throws(() => readPng(bytes.slice(0, 200)), coded('IMAGE_UNREADABLE'));
  const huge = bytes.slice();
  huge.set([0x7f, 0xff, 0xff, 0xff], 16);
  assert.throws(() => readPng(huge), coded('IMAGE_TOO_LARGE'));
});

test('transparent pixels lie on white; turning twice gives the image back', () => {
  const raw = new PNG({ width: 2, height: 1 });
  raw.data.set([10, 20, 30, 0, 10, 20, 30, 255]);
  const image = readPng(new Uint8Array(PNG.sync.write(raw)));
  assert.deepEqual([...image.rgb], [255, 255, 255, 10, 20, 30]);
  assert.deepEqual([...rotate180(image).rgb], [10, 20, 30, 255, 255, 255]);
  assert.deepEqual(rotate180(rotate180(upright[0]!)), upright[0]);
});

test('resizing interpolates between pixel centres', () => {
  const row: Image = { width: 2, height: 1, rgb: Uint8Array.of(0, 0, 0, 100, 200, 40) };
  assert.deepEqual([...resize(row, 4, 1).rgb], [0, 0, 0, 25, 50, 10, 75, 150, 30, 100, 200, 40]);
  assert.deepEqual(resize(row, 2, 1), row);
});

test('inputs are blue, green, red in [−1, 1], padded with zeros; wide lines are squeezed', () => {
  const red: Image = { width: 48, height: 48, rgb: Uint8Array.from({ length: 48 * 48 * 3 }, (_, i) => (i % 3 === 0 ? 255 : 0)) };
  const tensor = recognitionInput(red);
  assert.deepEqual([...tensor.dims], [1, 3, 48, 320]);
  const x = floats(tensor);
  const at = (c: number, h: number, w: number): number => x[(c * 48 + h) * 320 + w]!;
  assert.deepEqual([at(0, 5, 5), at(1, 5, 5), at(2, 5, 5)], [-1, -1, 1]);
  assert.equal(at(2, 47, 47), 1);
  assert.equal(at(2, 47, 48), 0);
  const wide: Image = { width: 1000, height: 10, rgb: new Uint8Array(30_000).fill(255) };
  assert.equal(floats(recognitionInput(wide)).at(-1), 1);
  assert.deepEqual([...orientationInput(wide).dims], [1, 3, 48, 192]);
});

test('decoding merges repeats, drops blanks and refuses another dictionary', () => {
  const dictionary = parseDictionary('a\nb\r\n\n');
  assert.deepEqual(dictionary, ['', 'a', 'b', ' ']);
  const p = (...classes: number[]) => float32([1, classes.length, 4], classes.flatMap((k) => [0, 1, 2, 3].map((i) => (i === k ? 0.7 : 0.1))));
  const read = decodeText(p(3, 1, 1, 0, 1, 2, 3), dictionary);
  assert.equal(read.text, 'aab');
  assert.ok(Math.abs(read.confidence - 0.7) < 1e-6 && Math.abs(read.margin - 0.6) < 1e-6);
  assert.throws(() => decodeText(p(1), [...dictionary, 'c']), coded('OCR_SHAPE'));
  assert.throws(() => decodeOrientation(float32([3], [0, 0, 1])), coded('OCR_SHAPE'));
  assert.equal(decodeOrientation(float32([1, 2], [0.4, 0.6])).degrees, 180);
});
