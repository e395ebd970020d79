import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OnnxError, refuse, type OnnxErrorCode } from './errors.js';
import type { CallName, Calls, Response } from './messages.js';
import { discardParcels } from './parcel.js';

/** Limits of the child process. */
export interface RuntimeOptions {
  /** resident memory above which the child is killed, in MiB; default 6,144. Watched on Linux; elsewhere it limits the JavaScript heap only. */
  readonly memoryMiB?: number;
  /**
   * time that one call may take, in milliseconds; default 120,000. A run and a trace get more with the size of the program
   * (`runAllowanceMs`), `prepare` has a limit of its own.
   */
  readonly timeoutMs?: number;
  /** directory of another release of onnxruntime-node that `ort-node` then means; default the installed one */
  readonly nativeModule?: string;
}

const MEMORY_POLL_MS = 50;
const STDERR_BYTES = 4096;
/** A timer that is set beyond it fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const MORE_TIME = 'Give it more time: --timeout of `assay program prepare`, runtime.timeout_ms of a daemon, timeoutMs in code.';

/**
 * A child process that parses and runs models (DESIGN §11): limited in memory and time, without environment variables, one
 * call at a time. It starts with the first call, is reused, and is replaced after a crash. `close` it when done.
 */
export class Runtime {
  readonly #memoryMiB: number;
  readonly #timeoutMs: number;
  readonly #nativeModule: string | undefined;
  /** directory for large byte arrays; removed with the runtime */
  readonly scratch = mkdtempSync(join(tmpdir(), 'assay-runtime-'));
  #child: Child | undefined;
  #generation = 0;
  #closed = false;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #cleanUp = (): void => this.#destroy();

  constructor(options: RuntimeOptions = {}) {
    this.#memoryMiB = options.memoryMiB ?? 6144;
    this.#timeoutMs = options.timeoutMs ?? 120_000;
    this.#nativeModule = options.nativeModule;
    process.once('exit', this.#cleanUp);
  }

  /** Counts child processes: models loaded in an earlier one are gone. 0 before the first. */
  get generation(): number {
    return this.#generation;
  }

  /** Time that one call may take, in milliseconds, where it states none of its own. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** Process id of the child, while there is one. */
  get pid(): number | undefined {
    return this.#child?.process.pid;
  }

  /**
   * Makes one call, after all earlier ones.
   *
   * @throws OnnxError RUNTIME_CRASHED, RUNTIME_TIMEOUT, RUNTIME_MEMORY, RUNTIME_CLOSED, or what the call itself refused
   */
  call<K extends CallName>(name: K, args: Calls[K]['args'], timeoutMs = this.#timeoutMs): Promise<Calls[K]['reply']> {
    const result = this.#queue.then(() => this.#callNow(name, args, timeoutMs));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Makes sure that a child runs and returns its generation. */
  ready(): number {
    if (this.#closed) refuse('RUNTIME_CLOSED', 'the runtime is closed');
    if (this.#child === undefined || this.#child.ended) {
      this.#generation++;
      this.#child = new Child(this.scratch, this.#memoryMiB, this.#nativeModule);
    }
    return this.#generation;
  }

  /** Waits for calls under way, ends the child and removes the scratch directory. */
  async close(): Promise<void> {
    await this.#queue;
    process.removeListener('exit', this.#cleanUp);
    this.#destroy();
  }

  async #callNow<K extends CallName>(name: K, args: Calls[K]['args'], timeoutMs: number): Promise<Calls[K]['reply']> {
    this.ready();
    // The child is ours and its replies follow `Calls`; a dead or silent one rejects.
    try {
      return (await this.#child!.ask(name, args, timeoutMs)) as Calls[K]['reply'];
    } catch (error) {
      await discardParcels(args); // a child that died took no parcel with it
      throw error;
    }
  }

  #destroy(): void {
    this.#closed = true;
    this.#child?.kill();
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

/** Why a child was ended. */
interface Ending {
  readonly code: OnnxErrorCode;
  readonly message: string;
  readonly hint?: string;
}

/** One child process and the call that it is working on. */
class Child {
  readonly process: ChildProcess;
  ended = false;
  #stderr = '';
  #seq = 0;
  #reason: Ending | undefined;
  #waiting: { resolve(reply: unknown): void; reject(error: OnnxError): void; seq: number } | undefined;

  constructor(
    scratch: string,
    readonly memoryMiB: number,
    nativeModule: string | undefined,
  ) {
    const args = nativeModule === undefined ? [scratch] : [scratch, nativeModule];
    this.process = fork(fileURLToPath(new URL('./runtime-child.js', import.meta.url)), args, {
      serialization: 'advanced', // structured clone: byte arrays stay byte arrays
      env: {}, // nothing of ours is worth knowing to a model that breaks out of its parser
      execArgv: [`--max-old-space-size=${memoryMiB}`, '--expose-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-STDERR_BYTES);
    });
    this.process.on('message', (message) => this.#answer(message as Response));
    // A process that could not be started never closes; one that could not be killed will.
    this.process.on('error', (error) => this.process.pid === undefined && this.#end(`no process: ${error.message}`));
    this.process.on('close', (code, signal) => this.#end(signal === null ? `exit code ${code}` : `signal ${signal}`));
    this.#hold(false);
  }

  /** Asks and waits for the answer, holding the event loop only as long. */
  async ask(call: CallName, args: unknown, timeoutMs: number): Promise<unknown> {
    const seq = ++this.#seq;
    const timer = setTimeout(
      () => this.kill({ code: 'RUNTIME_TIMEOUT', message: `${call} took longer than ${timeoutMs} ms; the process was ended`, hint: MORE_TIME }),
      Math.min(timeoutMs, LONGEST_TIMER_MS),
    );
    const watch = setInterval(() => void this.#watchMemory(), MEMORY_POLL_MS);
    this.#hold(true);
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.#waiting = { resolve, reject, seq };
        this.process.send({ call, seq, args }, (error) => {
          if (error) this.kill({ code: 'RUNTIME_CRASHED', message: `the child cannot be reached: ${error.message}` });
        });
      });
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      this.#waiting = undefined;
      this.#hold(false);
    }
  }

  kill(reason?: Ending): void {
    this.#reason ??= reason;
    this.process.kill('SIGKILL');
  }

  #answer(response: Response): void {
    const waiting = this.#waiting;
    if (waiting === undefined || waiting.seq !== response.seq) return;
    if (response.ok) waiting.resolve(response.reply);
    else waiting.reject(new OnnxError(response.code, response.message, response.hint === undefined ? {} : { hint: response.hint }));
  }

  #end(how: string): void {
    this.ended = true;
    const heap = this.#stderr.includes('heap out of memory');
    const said = this.#stderr.trim().split('\n').at(-1) ?? '';
    const reason: Ending = this.#reason ??
      (heap
        ? { code: 'RUNTIME_MEMORY' as const, message: `the child ran out of its ${this.memoryMiB} MiB` }
        : { code: 'RUNTIME_CRASHED' as const, message: `the child that runs models ended with ${how}${said && `: ${said.slice(0, 300)}`}` });
    this.#waiting?.reject(new OnnxError(reason.code, reason.message, reason.hint === undefined ? {} : { hint: reason.hint }));
  }

  /** Resident memory from /proc; where that does not exist only the heap limit holds. */
  async #watchMemory(): Promise<void> {
    const status = await readFile(`/proc/${this.process.pid}/status`, 'utf8').catch(() => '');
    const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
    if (resident > this.memoryMiB)
      this.kill({ code: 'RUNTIME_MEMORY', message: `the child used ${Math.round(resident)} MiB, allowed ${this.memoryMiB}` });
  }

  /** An idle child must not keep the parent alive. */
  #hold(busy: boolean): void {
    const channel = this.process.channel;
    if (busy) {
      this.process.ref();
      channel?.ref();
    } else {
      this.process.unref();
      channel?.unref();
      // The stream is a socket at run time; its unref is not in ChildProcess's types.
      const stream = this.process.stderr;
      if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
    }
  }
}
