import type { Command } from 'commander';
import { AssayError } from '../src/errors.js';

/** Where a command writes: results to `out`, one line each; progress and errors to `err`. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
}

/** What every command gets. */
export interface Context {
  readonly terminal: Terminal;
}

/** Options that every command understands. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly config?: string;
  /** configuration keys by dotted name */
  readonly set?: Readonly<Record<string, string>>;
}

/** Adds a group of commands to the program. */
export type Register = (program: Command, context: Context) => void;

/** The global options as given to the program that a command belongs to. */
export function globals(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

/** Prints a result: lines for a person, or with `--json` one JSON value (64-bit integers as text, bytes as hex). */
export function print(context: Context, command: Command, value: unknown, lines: readonly string[]): void {
  if (globals(command).json) context.terminal.out(toJson(value));
  else for (const line of lines) context.terminal.out(line);
}

/** JSON with 64-bit integers as text and bytes as lower-case hex. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) => {
    if (typeof v === 'bigint') return v.toString();
    if (v instanceof Uint8Array) return Buffer.from(v).toString('hex');
    if (isBufferJson(v)) return Buffer.from(v.data).toString('hex');
    return v;
  });
}

// Buffers turn themselves into this before a replacer sees them.
function isBufferJson(v: unknown): v is { data: number[] } {
  return typeof v === 'object' && v !== null && 'type' in v && v.type === 'Buffer' && 'data' in v && Array.isArray(v.data);
}

/** Parses an id: a positive integer of at most 64 bits. @throws `CLI_ARGUMENT` */
export function parseId(name: string): (text: string) => bigint {
  return (text) => {
    const ok = /^[1-9][0-9]{0,19}$/.test(text) && BigInt(text) < 1n << 64n;
    if (!ok) throw new AssayError('CLI_ARGUMENT', `${name}: expected a positive integer, found "${text}"`);
    return BigInt(text);
  };
}

/** Parses a whole number from 1 to `most`. @throws `CLI_ARGUMENT` */
export function parseCount(name: string, most: number): (text: string) => number {
  return (text) => {
    if (!/^[1-9][0-9]{0,14}$/.test(text) || Number(text) > most) throw new AssayError('CLI_ARGUMENT', `${name}: expected a number from 1 to ${most}, found "${text}"`);
    return Number(text);
  };
}

/** Parses 32 bytes in hexadecimal. @throws `CLI_ARGUMENT` */
export function parseBytes32(name: string, text: string): Uint8Array {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) throw new AssayError('CLI_ARGUMENT', `${name}: expected 64 hexadecimal digits, found "${text}"`);
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Parses a TCP port, 0 to 65535 (0: any free one). @throws `CLI_ARGUMENT` */
export function parsePort(text: string): number {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new AssayError('CLI_ARGUMENT', `port: expected a number up to 65535, found "${text}"`);
  }
  return Number(text);
}

/** Collects `--set name=value`. @throws `CLI_ARGUMENT` */
export function parseSetting(text: string, previous: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new AssayError('CLI_ARGUMENT', `set: expected name=value such as chain.id=assay-1, found "${text}"`);
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}
