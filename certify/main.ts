// npm run certify -- OP: the command line.
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AssayError, describe } from '../src/errors.js';
import { FUNCTIONS, type Certifiable } from './functions.js';
import { certify, type Options } from './run.js';
import { SEGMENTS } from './sweep.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

const HELP = `npm run certify -- FUNCTION [options]

Runs a function of one float32 over all 2^32 inputs on the ONNX Runtime of this machine, holds every result against an exact
reference, and writes a certificate: the worst errors and where, what becomes of NaN and infinities, a digest of all bits.
Some minutes on one core. Exit code 0: the kernel stays within what the referee grants. 1: it does not, do not run this
profile. 2: wrong usage.

FUNCTION        ${FUNCTIONS.map((f) => f.name).join(' ')}
--backend B     native (default) or wasm
--remainders    run all inputs through the code for vectors too short for a register, too: minutes for Log, else an hour
--resume        go on with a run that was interrupted
--restart       forget it
--out DIR       folder of certificates (default: certificates/ of this repository)
--help`;

function usage(code: string, message: string): AssayError {
  return new AssayError(code, message, { hint: 'Run npm run certify -- --help.' });
}

function readArguments(args: string[]): { f: Certifiable; options: Options } | undefined {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        backend: { type: 'string', default: 'native' },
        remainders: { type: 'boolean', default: false },
        resume: { type: 'boolean', default: false },
        restart: { type: 'boolean', default: false },
        out: { type: 'string', default: join(root, 'certificates') },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    throw usage('CERTIFY_USAGE', cause instanceof Error ? cause.message : String(cause));
  }
  const { values, positionals } = parsed;
  if (values.help) return undefined;
  const [name = '', ...more] = positionals;
  const f = FUNCTIONS.find((g) => g.name === name);
  if (f === undefined || more.length > 0)
    throw usage('CERTIFY_FUNCTION', `expected one of ${FUNCTIONS.map((g) => g.name).join(', ')}, found ${positionals.join(' ') || 'none'}`);
  if (values.backend !== 'native' && values.backend !== 'wasm')
    throw usage('CERTIFY_BACKEND', `expected the backend native or wasm, found ${values.backend}`);
  if (values.resume && values.restart) throw usage('CERTIFY_USAGE', '--resume and --restart exclude each other');
  return { f, options: { ...values, backend: values.backend === 'native' ? 'ort-node' : 'ort-wasm', state: join(root, 'build', 'certify') } };
}

try {
  const parsed = readArguments(process.argv.slice(2));
  if (parsed === undefined) console.log(HELP);
  else {
    const { path, certificate: c } = await certify(parsed.f, parsed.options, (what, n) => {
      if (n % 16 === 0) console.error(`${what}: ${n} of ${SEGMENTS} segments`);
    });
    const { holds, worst, counts, remainders, seconds } = c;
    console.log(JSON.stringify({ certificate: path, holds, worst, counts, remainders, seconds }));
    if (remainders.differing > 0 && remainders.swept_by === null)
      console.error('CERTIFY_SAMPLED: vectors too short for a register give other bits, of which only a sample was taken. Add --remainders to test all.');
    if (!holds) {
      console.error('CERTIFY_FAILED: this kernel errs more than the referee grants, or mistreats a special value. Do not run this profile on this runtime.');
      process.exitCode = 1;
    }
  }
} catch (error) {
  console.error(describe(error));
  process.exitCode = error instanceof AssayError && /^CERTIFY_(USAGE|FUNCTION|BACKEND)$/.test(error.code) ? 2 : 1;
}
