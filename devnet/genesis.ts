import { AssayError } from '../src/errors.js';

/**
 * Sets parameters of a module in a genesis, in the text that JSON carries them in.
 *
 * @throws `GENESIS_PARAM` when the module has no such parameter
 */
export function setParams(genesis: Record<string, unknown>, module: 'compute' | 'dispute', values: Readonly<Record<string, string>>): void {
  const app = genesis['app_state'] as Readonly<Record<string, { params: { params: Record<string, unknown> }[] }>>;
  for (const { params } of app[module]!.params) {
    for (const [name, value] of Object.entries(values)) {
      if (!Object.hasOwn(params, name)) throw new AssayError('GENESIS_PARAM', `${module} has no parameter ${name}`, { decision: 'bug' });
      params[name] = value;
    }
  }
}
