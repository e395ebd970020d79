import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, cpus, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { OnnxError } from './errors.js';

/** What a worker ran: the parts of the Execution that CommitResult declares. */
export interface RuntimeDescription {
  /** `onnxruntime-node` or `onnxruntime-web` */
  readonly runtime: string;
  readonly version: string;
  /** SHA-256 of the shared library, or of the WebAssembly module */
  readonly libraryHash: Uint8Array;
  /** for example `x64-avx512`; `wasm` where it does not matter */
  readonly instructionSet: string;
  readonly threads: number;
}

const require = createRequire(import.meta.url);

/**
 * Describes the runtime that a session or trace with these options uses on this machine.
 *
 * @throws OnnxError RUNTIME_FAILED when the library is not installed for this platform
 */
export async function describeRuntime(options: { backend?: 'ort-node' | 'ort-wasm'; threads?: number } = {}): Promise<RuntimeDescription> {
  const wasm = options.backend === 'ort-wasm';
  const runtime = wasm ? 'onnxruntime-web' : 'onnxruntime-node';
  const entry = dirname(require.resolve(runtime)); // …/dist
  const library = wasm ? join(entry, 'ort-wasm-simd-threaded.wasm') : join(entry, '..', 'bin', 'napi-v6', platform(), arch(), nativeName());
  const version = packageVersion(await readFile(join(entry, '..', 'package.json'), 'utf8'));
  try {
    const hash = createHash('sha256');
    await pipeline(createReadStream(library), hash);
    const instructionSet = wasm ? 'wasm' : await nativeInstructionSet();
    return { runtime, version, libraryHash: new Uint8Array(hash.digest()), instructionSet, threads: options.threads ?? 1 };
  } catch (cause) {
    throw new OnnxError('RUNTIME_FAILED', `${library} cannot be read: is ${runtime} installed for ${platform()}/${arch()}?`, { cause });
  }
}

function nativeName(): string {
  if (platform() === 'win32') return 'onnxruntime.dll';
  return platform() === 'darwin' ? 'libonnxruntime.1.dylib' : 'libonnxruntime.so.1';
}

function packageVersion(text: string): string {
  const parsed: unknown = JSON.parse(text);
  const version: unknown = parsed !== null && typeof parsed === 'object' && 'version' in parsed ? parsed.version : undefined;
  return typeof version === 'string' ? version : 'unknown';
}

/** The widest vector instructions that kernels choose between. */
async function nativeInstructionSet(): Promise<string> {
  const flags = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const has = (flag: string): boolean => new RegExp(`^(flags|Features)\\s*:.*\\b${flag}\\b`, 'm').test(flags);
  if (arch() === 'x64') return `x64-${has('avx512f') ? 'avx512' : has('avx2') ? 'avx2' : has('avx') ? 'avx' : 'sse'}`;
  return flags === '' ? `${arch()}-${cpus()[0]?.model.replace(/\W+/g, '-').toLowerCase() ?? 'unknown'}` : arch();
}
