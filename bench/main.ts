// npm run bench -- <name> [arguments]: runs bench/<name>.ts and prints its result as one JSON line, last.
import { describe } from '../src/errors.js';

/** What every bench module exports as `run`. Progress goes to stderr; a result with `ok: false` makes the exit code 1. */
export type Bench = (args: readonly string[]) => Promise<BenchResult>;

/** One JSON line; `ok` says whether what the bench claims held. */
export interface BenchResult {
  readonly bench: string;
  readonly ok: boolean;
  readonly [figure: string]: unknown;
}

/** Benches by name: each is a module of this directory. */
const BENCHES: Readonly<Record<string, () => Promise<{ run: Bench }>>> = {
  completeness: () => import('./completeness.js'),
  conformance: () => import('./conformance.js'),
  downgrade: () => import('./downgrade.js'),
  functions: () => import('./functions.js'),
  quantised: () => import('./quantised.js'),
  referee: () => import('./referee.js'),
  slack: () => import('./slack.js'),
  soundness: () => import('./soundness.js'),
  summation: () => import('./summation.js'),
  traces: () => import('./traces.js'),
  walk: () => import('./walk.js'),
};

const [name = '', ...args] = process.argv.slice(2);

const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;

if (load === undefined) {
  const names = Object.keys(BENCHES).join(', ');
  console.error(`BENCH_UNKNOWN: no bench ${name || '(no name given)'}; there are ${names}. Run npm run bench -- <name>.`);
  process.exitCode = 2;
} else {
  try {
    const { run } = await load();
    const result = await run(args);
    console.log(JSON.stringify(result));
    if (!result.ok) process.exitCode = 1;
  } catch (error) {
    console.error(describe(error));
    process.exitCode = 1;
  }
}
