// Runs ONNX in this process. Only the child of runtime.ts imports it: a model can crash its process (DESIGN §11).
import { createRequire } from 'node:module';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { Arena } from './arena.js';
import { canonicalise } from './canonical.js';
import { OnnxError, refuse } from './errors.js';
import { bytesOf, DTYPE, dtypeName, elementCount, type DtypeName, type Tensor } from './tensor.js';

/** How a model is run. Defaults: native, un-optimised, one thread. */
export interface EngineOptions {
  /** `ort-node`: native ONNX Runtime. `ort-wasm`: its WebAssembly build, one thread, the same bits on every CPU. */
  readonly backend?: 'ort-node' | 'ort-wasm';
  /** intra-operator threads of `ort-node`; bits depend on it, so it belongs to the profile */
  readonly threads?: number;
  /** let the runtime fuse and rewrite; faster, other bits. Traces and checks are always un-optimised. */
  readonly optimised?: boolean;
}

/** A loaded model. */
export interface Engine {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Runs once. Outputs have canonical NaNs and belong to the caller. @throws OnnxError RUNTIME_FAILED, INPUT_MISMATCH */
  run(feeds: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>>;
  release(): Promise<void>;
}

interface Ort {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof OrtTensor;
}

const arena = new Arena();

// The runtime's results are freed when their JavaScript tensors are collected, which V8 puts off: it sees small objects. The
// child is started with --expose-gc so that little of them stays; every collection costs as much as the heap is large.
const collectGarbage = (globalThis as { gc?: () => void }).gc;
const MOST_LITTER_BYTES = 32 * 2 ** 20;
let litter = 0;

/** Frees the results of earlier runs once they are large. */
function sweep(): void {
  if (litter < MOST_LITTER_BYTES) return;
  collectGarbage?.();
  litter = 0;
}

/**
 * Loads a model from its bytes.
 *
 * @throws OnnxError RUNTIME_FAILED when the runtime refuses it
 */
export async function loadEngine(model: Uint8Array, options: EngineOptions = {}): Promise<Engine> {
  const { backend = 'ort-node', threads = 1, optimised = false } = options;
  if (backend === 'ort-wasm' && threads !== 1) refuse('INPUT_MISMATCH', 'ort-wasm runs with one thread');
  const ort = backend === 'ort-wasm' ? await loadWasm() : await loadNative();
  const session = await failing('load the model', () =>
    ort.InferenceSession.create(model, {
      graphOptimizationLevel: optimised ? 'all' : 'disabled',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
    }),
  );
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    run: (feeds) => run(ort, session, feeds),
    release: async () => {
      await session.release();
      sweep();
    },
  };
}

let nativeModule: string | undefined;

/** From now on `ort-node` is the release of onnxruntime-node in this directory: other releases give other bits. */
export function useNativeModule(directory: string): void {
  nativeModule = directory;
}

/** The directory that `useNativeModule` was told, which bits depend on. */
export function nativeModuleInUse(): string | undefined {
  return nativeModule;
}

async function loadNative(): Promise<Ort> {
  // another release has the same API as far as it is used here
  return nativeModule === undefined ? import('onnxruntime-node') : (createRequire(import.meta.url)(nativeModule) as Ort);
}

async function loadWasm(): Promise<Ort> {
  const web = await import('onnxruntime-web');
  web.env.wasm.numThreads = 1;
  web.env.wasm.proxy = false;
  web.env.logLevel = 'error';
  return web;
}

async function run(ort: Ort, session: InferenceSession, feeds: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> {
  const tensors = session.inputNames.map((name) => feeds.get(name) ?? refuse('INPUT_MISMATCH', `no tensor for input ${name}`));
  sweep();
  arena.reset(tensors.map((t) => t.data.length));
  const placed = tensors.map((t) => toOrt(ort, t));
  const results = await failing('run the model', () =>
    session.run(Object.fromEntries(session.inputNames.map((name, i) => [name, placed[i]!]))),
  );
  return new Map(session.outputNames.map((name) => [name, fromOrt(results[name]!)]));
}

function toOrt(ort: Ort, t: Tensor): OrtTensor {
  const { buffer: b, offset: o } = arena.place(t.data);
  const n = elementCount(t.dims);
  switch (dtypeName(t.dtype)) {
    case 'float32':
      return new ort.Tensor('float32', new Float32Array(b, o, n), t.dims);
    case 'uint8':
      return new ort.Tensor('uint8', new Uint8Array(b, o, n), t.dims);
    case 'int8':
      return new ort.Tensor('int8', new Int8Array(b, o, n), t.dims);
    case 'int32':
      return new ort.Tensor('int32', new Int32Array(b, o, n), t.dims);
    case 'int64':
      return new ort.Tensor('int64', new BigInt64Array(b, o, n), t.dims);
    case 'bool':
      return new ort.Tensor('bool', new Uint8Array(b, o, n), t.dims);
    case 'float16':
      return new ort.Tensor('float16', new Uint16Array(b, o, n), t.dims);
    case 'bfloat16':
      return refuse('TENSOR_DTYPE', 'bfloat16 has no name in the JavaScript API of ONNX Runtime');
  }
}

function fromOrt(t: OrtTensor): Tensor {
  const dtype = Object.hasOwn(DTYPE, t.type) ? DTYPE[t.type as DtypeName] : undefined;
  if (dtype === undefined || !ArrayBuffer.isView(t.data)) return refuse('TENSOR_DTYPE', `the runtime returned ${t.type}`);
  // A view into the runtime's memory: copied, because the runtime frees it when the tensor is collected.
  const data = new Uint8Array(bytesOf(t.data));
  litter += data.length;
  return { dtype, dims: [...t.dims], data: canonicalise(dtype, data) };
}

async function failing<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OnnxError('RUNTIME_FAILED', `could not ${what}: ${why.slice(0, 500)}`, { cause });
  }
}
