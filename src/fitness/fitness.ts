import type { Executor } from '../jobs/index.js';
import type { Program } from '../onnx/index.js';
import { checkOperators, unfitFor, type CheckOptions, type Finding } from './check.js';
import { isKnown } from './known.js';
import { SAMPLERS } from './samples.js';

/** How a {@link Fitness} checks, and who is told. */
export interface FitnessOptions extends Omit<CheckOptions, 'operators'> {
  readonly onFinding?: (finding: Finding) => void;
}

/**
 * What this machine computes rightly. An operator is tried when a program first needs it, and once: the answers of a runtime
 * do not change while it runs.
 */
export class Fitness {
  readonly #executor: Pick<Executor, 'trace'>;
  readonly #options: FitnessOptions;
  readonly #findings = new Map<string, Promise<Finding | undefined>>();

  constructor(executor: Pick<Executor, 'trace'>, options: FitnessOptions) {
    this.#executor = executor;
    this.#options = options;
  }

  /** Tries the operators whose answers are known without a referee: quick enough for every start. */
  start(): Promise<Finding[]> {
    return this.check(Object.keys(SAMPLERS).filter(isKnown));
  }

  /** Tries operators that were not tried yet. @throws OnnxError RUNTIME_*, AssayError REFEREE_FAILED; the next call tries again */
  async check(operators: readonly string[]): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const op of new Set(operators)) {
      let finding = this.#findings.get(op);
      if (!finding) {
        finding = this.#try(op);
        this.#findings.set(op, finding);
        finding.catch(() => this.#findings.delete(op));
      }
      const found = await finding;
      if (found) findings.push(found);
    }
    return findings;
  }

  /** Why this machine must not run a program, in words; undefined when it may. */
  async refusal(program: Program): Promise<string | undefined> {
    return unfitFor(program, await this.check(program.nodes.map((node) => node.op)));
  }

  async #try(op: string): Promise<Finding | undefined> {
    const [finding] = await checkOperators(this.#executor, { ...this.#options, operators: [op] });
    if (finding) this.#options.onFinding?.(finding);
    return finding;
  }
}
