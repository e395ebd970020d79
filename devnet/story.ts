import { isDeepStrictEqual, inspect } from 'node:util';
import { AssayError } from '../src/errors.js';
import { sleep } from '../src/shutdown.js';

/** Tells a story on a terminal: numbered steps with elapsed times, and facts that were checked. */
export class Story {
  readonly #start: number;
  readonly #write: (line: string) => void;
  readonly #bold: (text: string) => string;
  #step = 0;
  #stepStart: number;
  #facts = 0;

  constructor(write: (line: string) => void = (line) => process.stdout.write(`${line}\n`), colour = process.stdout.isTTY === true) {
    this.#start = this.#stepStart = performance.now();
    this.#write = write;
    this.#bold = colour ? (t) => `\u001b[1m${t}\u001b[0m` : (t) => t;
  }

  /** How many facts were checked so far. */
  get facts(): number {
    return this.#facts;
  }

  /** Seconds since the story began. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1_000;
  }

  /** Begins a step and says how long the last one took. */
  step(title: string): void {
    if (this.#step > 0) this.#write(`  (step ${this.#step} took ${((performance.now() - this.#stepStart) / 1_000).toFixed(1)} s)`);
    this.#step++;
    this.#stepStart = performance.now();
    this.#write('');
    this.#write(this.#bold(`${this.#step}. ${title}`));
  }

  /** One line of progress with the time since the start. */
  say(text: string): void {
    this.#write(`${this.#clock()}  ${text}`);
  }

  /** A block of lines, indented, for tables and answers. */
  show(lines: Iterable<string>): void {
    for (const line of lines) this.#write(`           ${line}`);
  }

  /** States a fact that was read from the chain or GraphQL. @throws `DEMO_FAILED` if it differs from what must be. */
  expect(fact: string, actual: unknown, expected: unknown): void {
    if (!isDeepStrictEqual(actual, expected)) {
      throw new AssayError('DEMO_FAILED', `${fact}: expected ${print(expected)}, found ${print(actual)}`, { decision: 'bug' });
    }
    this.#facts++;
    this.#write(`${this.#clock()}  ✔ ${fact}${typeof expected === 'boolean' ? '' : `: ${print(expected)}`}`);
  }

  /**
   * Asks again until there is an answer; says that it still waits every ten seconds.
   * @throws `DEMO_FAILED` after `seconds`; what `alive` throws at once.
   */
  async until<T>(what: string, ask: () => Promise<T | undefined>, options: { seconds?: number; pauseMs?: number; alive?: () => void } = {}): Promise<T> {
    const { seconds = 60, pauseMs = 200 } = options;
    const start = performance.now();
    let said = start;
    for (;;) {
      options.alive?.();
      const answer = await ask();
      if (answer !== undefined) return answer;
      const now = performance.now();
      if (now - start > seconds * 1_000) {
        throw new AssayError('DEMO_FAILED', `${what}: expected within ${seconds} s, did not happen`, { decision: 'bug' });
      }
      if (now - said > 10_000) {
        said = now;
        this.say(`… still waiting for ${what}`);
      }
      await sleep(pauseMs);
    }
  }

  /** The last line. */
  end(text: string): void {
    this.#write('');
    this.#write(this.#bold(`${text} (${this.#facts} facts checked, ${this.seconds.toFixed(0)} s)`));
  }

  #clock(): string {
    return `  ${this.seconds.toFixed(1).padStart(6)} s`;
  }
}

function print(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'bigint' ? value.toString() : inspect(value, { breakLength: Infinity, depth: 4 });
}
