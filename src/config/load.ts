import { readFileSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { AssayError } from '../errors.js';
import type { Schema, Values } from './schema.js';

/** Where values come from: later ones win: defaults, file, environment, flags. */
export interface Sources {
  /** path of a TOML file */
  readonly file?: string;
  /** default: the process's environment */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** dotted names to texts, as a command line gives them */
  readonly flags?: Readonly<Record<string, string | undefined>>;
}

// Read by others: the logger and the devnet. Everything else that begins with ASSAY_ must be a key.
const FOREIGN = new Set(['ASSAY_LOG', 'ASSAY_DEVNET']);

/**
 * Reads a configuration. An unknown key is an error, because a misspelt limit is no limit.
 *
 * @throws AssayError CONFIG_UNREADABLE, CONFIG_UNKNOWN_KEY, CONFIG_INVALID
 */
export function loadConfig<S extends Schema>(schema: S, sources: Sources = {}): Values<S> {
  const values: Record<string, unknown> = Object.fromEntries(Object.entries(schema).map(([name, key]) => [name, key.fallback]));
  if (sources.file !== undefined)
    for (const [name, value] of flatten(readToml(sources.file))) {
      const key = schema[name] ?? unknownKey(schema, name, sources.file);
      values[name] = attempt(name, sources.file, () => key.check(value));
    }
  const byVariable = new Map(Object.keys(schema).map((name) => [variableOf(name), name]));
  for (const [variable, value] of Object.entries(sources.env ?? process.env)) {
    if (!variable.startsWith('ASSAY_') || FOREIGN.has(variable) || value === undefined) continue;
    const name = byVariable.get(variable);
    if (name === undefined) {
      // A variable of another of our programs may well be set; one of a table of ours must be right.
      if (Object.keys(schema).some((n) => variable.startsWith(`${variableOf(n.split('.')[0]!)}_`))) unknownKey(schema, variable, 'the environment');
      continue;
    }
    values[name] = attempt(name, variable, () => schema[name]!.parse(value));
  }
  for (const [name, value] of Object.entries(sources.flags ?? {})) {
    if (value === undefined) continue;
    const key = schema[name] ?? unknownKey(schema, name, 'the command line');
    values[name] = attempt(name, `--${name}`, () => key.parse(value));
  }
  // Every key of the schema was given its fallback or a value that its own check returned.
  return values as Values<S>;
}

/** Fails unless a text or list was set. @throws AssayError CONFIG_MISSING */
export function required<T extends string | readonly string[]>(name: string, value: T): T {
  if (value.length === 0)
    throw new AssayError('CONFIG_MISSING', `${name} is not set`, { hint: `Set it in the file, or as ${variableOf(name)}, or as --${name}.` });
  return value;
}

/** A TOML file with every key, its default and what it does: the documentation of the configuration. */
export function describeConfig(schema: Schema): string {
  const lines: string[] = [];
  let table = '';
  for (const [name, key] of Object.entries(schema)) {
    const [own = '', rest = ''] = name.split('.');
    if (own !== table) {
      table = own;
      lines.push(...(lines.length ? [''] : []), `[${own}]`);
    }
    lines.push(`# ${key.doc} (${variableOf(name)})`, `${rest} = ${toml(key.fallback)}`);
  }
  return `${lines.join('\n')}\n`;
}

function toml(value: unknown): string {
  return typeof value === 'bigint' ? `"${value}"` : JSON.stringify(value);
}

function variableOf(name: string): string {
  return `ASSAY_${name.replaceAll('.', '_').toUpperCase()}`;
}

function readToml(file: string): Record<string, unknown> {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AssayError('CONFIG_UNREADABLE', `the configuration ${file} cannot be read`, { cause });
  }
  try {
    return parse(content);
  } catch (error) {
    const where = error instanceof TomlError ? `${file}:${error.line}:${error.column}` : file;
    throw new AssayError('CONFIG_INVALID', `${where} is not TOML: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
}

function* flatten(object: Record<string, unknown>, prefix = ''): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(object)) {
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
    if (nested) yield* flatten(value as Record<string, unknown>, `${prefix}${name}.`);
    else yield [prefix + name, value];
  }
}

function attempt<T>(name: string, where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new AssayError('CONFIG_INVALID', `${name}: expected ${error instanceof Error ? error.message : String(error)}`, { facts: { where } });
  }
}

function unknownKey(schema: Schema, name: string, where: string): never {
  const plain = (s: string) => s.toLowerCase().replace(/^assay_/, '').replace(/[^a-z]/g, '');
  const near = Object.keys(schema).find((n) => plain(n) === plain(name) || distance(plain(n), plain(name)) <= 2);
  throw new AssayError('CONFIG_UNKNOWN_KEY', `${name} is no configuration key`, {
    facts: { where },
    hint: near ? `Did you mean ${near}?` : `Known: ${Object.keys(schema).join(', ')}.`,
  });
}

// Levenshtein, one row at a time.
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
