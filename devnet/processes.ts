import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssayError } from '../src/errors.js';
import { sleep } from '../src/shutdown.js';

/** A child process in a group of its own, whose output goes to a log file. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
  /** What was run, to recognise the process again by its pid. */
  readonly command: string;
  /** Exit code, or the signal's name, once it has ended. */
  readonly ended: Promise<number | string>;
  /** The code or signal if it has ended. */
  status(): number | string | undefined;
}

/** What to run. */
export interface SpawnOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/**
 * The processes of a devnet. Each gets its own process group, so that stopping one also stops what it started; whatever
 * ends this program, a crash too, ends them (unless {@link ProcessSet.release} let them go).
 */
export class ProcessSet {
  readonly #logs: string;
  readonly #children = new Map<string, Child>();
  readonly #expected = new Set<string>();
  readonly #handles: ChildProcess[] = [];
  readonly #onExit = (): void => {
    for (const child of this.#children.values()) if (child.status() === undefined) killGroup(child.pid, 'SIGKILL');
  };

  /** @param logs folder for one log file a process; created. */
  constructor(logs: string) {
    this.#logs = logs;
    mkdirSync(logs, { recursive: true });
    process.on('exit', this.#onExit);
  }

  /** The children that were started and not stopped, in order. */
  get children(): Child[] {
    return [...this.#children.values()].filter((c) => !this.#expected.has(c.name));
  }

  /** Starts a process. A name is used once at a time. */
  start(options: SpawnOptions): Child {
    const log = join(this.#logs, `${options.name}.log`);
    const fd = openSync(log, 'a');
    let child: ChildProcess;
    try {
      child = spawn(options.command, options.args, {
        detached: true,
        stdio: ['ignore', fd, fd],
        env: { ...process.env, ...options.env },
        cwd: options.cwd,
      });
    } finally {
      closeSync(fd);
    }
    let status: number | string | undefined;
    const ended = new Promise<number | string>((resolve) => {
      child.once('error', () => resolve((status = 'not started')));
      child.once('exit', (code, signal) => resolve((status = code ?? signal ?? 'unknown')));
    });
    if (child.pid === undefined) {
      throw new AssayError('PROCESS_NOT_STARTED', `${options.name} could not be started`, { facts: { command: options.command } });
    }
    this.#handles.push(child);
    const started: Child = {
      name: options.name, pid: child.pid, log, command: [options.command, ...options.args].join(' '), ended, status: () => status,
    };
    this.#children.set(options.name, started);
    this.#expected.delete(options.name);
    return started;
  }

  /** Fails with `PROCESS_ENDED` and the end of its log if a process ended by itself. */
  assertAlive(): void {
    for (const child of this.children) {
      const status = child.status();
      if (status !== undefined) {
        throw new AssayError('PROCESS_ENDED', `${child.name} ended by itself with ${status}: ${lastLines(child.log, 3)}`, {
          hint: `Its log is ${child.log}.`,
        });
      }
    }
  }

  /** Stops one process and its group: SIGTERM, then SIGKILL after `graceMs`. */
  async stop(name: string, graceMs = 5_000): Promise<void> {
    const child = this.#children.get(name);
    if (child === undefined) return;
    this.#expected.add(name);
    if (child.status() !== undefined) return;
    killGroup(child.pid, 'SIGTERM');
    const grace = new AbortController();
    await Promise.race([child.ended, sleep(graceMs, grace.signal).catch(() => undefined)]);
    grace.abort();
    killGroup(child.pid, 'SIGKILL');
    await child.ended;
  }

  /** Stops every process, the last started first, all within one grace period. */
  async stopAll(graceMs = 5_000): Promise<void> {
    await Promise.all([...this.#children.keys()].reverse().map((name) => this.stop(name, graceMs)));
    process.off('exit', this.#onExit);
  }

  /** Lets the processes live on when this program ends. They are then found by the devnet's state file. */
  release(): void {
    process.off('exit', this.#onExit);
    for (const handle of this.#handles) handle.unref();
  }
}

/** Signals a process group; one that is gone is fine. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: it has ended.
  }
}

/** Whether `pid` runs `command` now: pids are reused, and nothing of a stranger's is ever signalled. */
export function isRunning(pid: number, command: string): boolean {
  try {
    // Linux without procps still has /proc; elsewhere ps is part of the system. A zombie's line is empty.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').replaceAll('\0', ' ') === command;
  } catch {
    const found = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return found.status === 0 && found.stdout.trim() === command;
  }
}

/** The last lines of a log, on one line. */
export function lastLines(path: string, count: number): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count).join(' | ').slice(-1_000);
  } catch {
    return '(no log)';
  }
}
