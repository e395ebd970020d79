import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runAllowanceMs } from './cost.js';
import { byteLength, sameDims, tensorOf, type Tensor } from './tensor.js';
import type { EngineOptions } from './engine.js';
import { refuse } from './errors.js';
import { dtypeName } from './tensor.js';
import { writeScratch } from './parcel.js';
import type { Program } from './program.js';
import { regenerate, type Regenerated } from './regenerate.js';
import { Runtime } from './runtime.js';
import { packTensors, unpackTensors } from './tensor-parcel.js';

/** How a session runs, and in which process. */
export interface SessionOptions extends EngineOptions {
  /** process to run in; without one the session starts and closes its own */
  readonly runtime?: Runtime;
}

let nextId = 1;

/**
 * A program ready to serve: its regenerated ONNX, loaded in a child process. After a crash the next run loads it again.
 *
 * @example
 * const session = await Session.open(program, weights);
 * const [output] = await session.run([input]);
 * await session.close();
 */
export class Session {
  #loadedIn = 0;

  private constructor(
    private readonly id: number,
    readonly program: Program,
    readonly runtime: Runtime,
    readonly ownsRuntime: boolean,
    readonly engine: EngineOptions,
    private readonly model: Regenerated,
    private readonly path: string,
    private readonly allowanceMs: number,
  ) {}

  /**
   * Regenerates a program with its weights and loads it.
   *
   * @param weights bytes in the layouts that the record states
   * @throws OnnxError INPUT_MISMATCH, TENSOR_SIZE, RUNTIME_*
   */
  static async open(program: Program, weights: readonly Uint8Array[], options: SessionOptions = {}): Promise<Session> {
    const { runtime: given, backend = 'ort-node', threads = 1, optimised = false } = options;
    const model = regenerate(program, weights);
    const runtime = given ?? new Runtime();
    const id = nextId++;
    const path = join(runtime.scratch, `model-${id}.onnx`);
    await writeScratch(path, model.bytes);
    const session = new Session(id, program, runtime, given === undefined, { backend, threads, optimised }, model, path, runAllowanceMs(program));
    try {
      await session.#load();
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  /**
   * Runs once. Inputs and outputs are row-major, in the program's order; NaNs of outputs are canonical.
   *
   * @throws OnnxError INPUT_MISMATCH, TENSOR_SIZE, RUNTIME_*
   */
  async run(inputs: readonly Tensor[]): Promise<Tensor[]> {
    checkInputs(this.program, inputs);
    await this.#load();
    const feeds = await packTensors(this.runtime.scratch, new Map(inputs.map((t, i) => [`i${i}`, t])));
    const results = await unpackTensors(await this.runtime.call('run', { id: this.id, feeds }, this.runtime.timeoutMs + this.allowanceMs));
    return this.program.outputs.map((o) => {
      const tensor = results.get(this.model.outputs.get(o.index)!)!;
      if (tensor.dtype !== o.type!.dtype || !sameDims(tensor.dims, o.type!.dims))
        refuse('RUNTIME_FAILED', `an output came out as [${tensor.dims.join(',')}], the record says [${o.type!.dims.join(',')}]`);
      return tensor;
    });
  }

  /** Unloads the model; ends the process when the session started it. */
  async close(): Promise<void> {
    if (!this.ownsRuntime && this.#loadedIn === this.runtime.generation) await this.runtime.call('release', { id: this.id });
    await rm(this.path, { force: true });
    if (this.ownsRuntime) await this.runtime.close();
  }

  async #load(): Promise<void> {
    const generation = this.runtime.ready();
    if (generation === this.#loadedIn) return;
    await this.runtime.call('load', { id: this.id, path: this.path, options: this.engine });
    this.#loadedIn = generation;
  }
}

/**
 * Inputs of a program from their committed bytes (INPUTs are row-major).
 *
 * @throws OnnxError INPUT_MISMATCH, TENSOR_SIZE
 */
export function inputsFromBytes(program: Program, data: readonly Uint8Array[]): Tensor[] {
  if (data.length !== program.inputs.length) refuse('INPUT_MISMATCH', `expected ${program.inputs.length} inputs, found ${data.length}`);
  return program.inputs.map((type, i) => tensorOf(type, data[i]!));
}

/** @throws OnnxError INPUT_MISMATCH naming the input that does not fit */
export function checkInputs(program: Program, inputs: readonly Tensor[]): void {
  if (inputs.length !== program.inputs.length) refuse('INPUT_MISMATCH', `expected ${program.inputs.length} inputs, found ${inputs.length}`);
  program.inputs.forEach((type, i) => {
    const t = inputs[i]!;
    if (t.dtype !== type.dtype || !sameDims(t.dims, type.dims) || t.data.length !== byteLength(type))
      refuse('INPUT_MISMATCH', `input ${i} is ${dtypeName(t.dtype)}[${t.dims.join(',')}] of ${t.data.length} bytes, expected ${dtypeName(type.dtype)}[${type.dims.join(',')}]`);
  });
}
