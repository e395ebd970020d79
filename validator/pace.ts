const BLOCKS = 16;
const RUNS = 8;

/** How long things take here: blocks, and checks of each program. What was never seen is unknown, and assumed to fit. */
export class Pace {
  readonly #ticks: { readonly height: number; readonly ms: number }[] = [];
  readonly #runs = new Map<string, number[]>();

  /** A block was seen. @param ms of a clock that only moves forward */
  saw(height: number, ms: number): void {
    this.#ticks.push({ height, ms });
    if (this.#ticks.length > BLOCKS) this.#ticks.shift();
  }

  /** Milliseconds of a block, the mean of the last ones; undefined before enough were seen. */
  get blockMs(): number | undefined {
    const [first] = this.#ticks;
    const last = this.#ticks.at(-1);
    if (!first || !last || this.#ticks.length < 4 || last.height <= first.height) return undefined;
    return (last.ms - first.ms) / (last.height - first.height);
  }

  /** A check of a program took so long. */
  took(program: string, ms: number): void {
    const runs = this.#runs.get(program) ?? [];
    this.#runs.set(program, [...runs, ms].slice(-RUNS));
  }

  /** Milliseconds that a check of a program takes: the shortest of the last ones, because the others may have met a busy machine. */
  estimate(program: string): number | undefined {
    const runs = this.#runs.get(program);
    return runs && Math.min(...runs);
  }

  /** A check that was thought to take too long was missed: half of the estimate, so that it is tried again some time. */
  doubt(program: string): void {
    const runs = this.#runs.get(program);
    if (runs) this.#runs.set(program, runs.map((ms) => ms / 2));
  }
}
