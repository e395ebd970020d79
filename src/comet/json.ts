import { AssayError } from '../errors.js';

// Checkers for what a node answers. Each returns its input in the right type or throws RPC_MALFORMED with the path of
// the offending value, so foreign JSON is checked once, at the edge.

/** A parsed JSON object. */
export type JsonObject = { readonly [key: string]: unknown };

/** The error of an answer that is not what CometBFT's RPC promises. The peer is at fault, not the request. */
export function malformed(path: string, expected: string, found: unknown): AssayError {
  const shown = found === undefined ? 'nothing' : (JSON.stringify(found) ?? typeof found).slice(0, 80);
  return new AssayError('RPC_MALFORMED', `expected ${expected} at ${path}, found ${shown}`, { decision: 'peer' });
}

/** An object that is not an array. */
export function object(value: unknown, path: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(path, 'an object', value);
  return value as JsonObject;
}

/** A list; null and absent mean empty, as Go writes nil slices. */
export function list(value: unknown, path: string): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw malformed(path, 'a list', value);
  return value;
}

/** A string. */
export function text(value: unknown, path: string): string {
  if (typeof value !== 'string') throw malformed(path, 'a string', value);
  return value;
}

/** A string that may be absent or null: then ''. */
export function optionalText(value: unknown, path: string): string {
  return value === undefined || value === null ? '' : text(value, path);
}

/** A 64-bit integer, which CometBFT writes as a decimal string; absent means 0. */
export function int64(value: unknown, path: string): bigint {
  if (value === undefined || value === null) return 0n;
  const written = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof written !== 'string' || !/^-?\d{1,19}$/.test(written)) throw malformed(path, 'a 64-bit integer', value);
  return BigInt(written);
}

/** A height: a non-negative integer that JavaScript holds exactly. */
export function height(value: unknown, path: string): number {
  const parsed = int64(value, path);
  if (parsed < 0n || parsed > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(path, 'a height', value);
  return Number(parsed);
}

/** A small non-negative integer, written as a number or a string; absent means 0. */
export function uint32(value: unknown, path: string): number {
  const parsed = int64(value, path);
  if (parsed < 0n || parsed > 0xffff_ffffn) throw malformed(path, 'a 32-bit unsigned integer', value);
  return Number(parsed);
}

/** Hexadecimal of either case; absent means empty. */
export function hexBytes(value: unknown, path: string): Uint8Array {
  const written = optionalText(value, path);
  if (written.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(written)) throw malformed(path, 'hexadecimal', value);
  return Buffer.from(written, 'hex');
}

/** Standard base64 with padding; absent or null means empty. */
export function base64Bytes(value: unknown, path: string): Uint8Array {
  const written = optionalText(value, path);
  const bytes = Buffer.from(written, 'base64');
  // Node skips what is not base64; a strict length tells.
  if (written.length % 4 !== 0 || Math.ceil(bytes.length / 3) * 4 !== written.length) throw malformed(path, 'base64', value);
  return bytes;
}

/** RFC 3339 with up to nine decimals, in UTC, as CometBFT writes times. */
export function time(value: unknown, path: string): { seconds: bigint; nanos: number } {
  const written = text(value, path);
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(written);
  const ms = match ? Date.parse(`${match[1]}Z`) : NaN;
  if (!match || Number.isNaN(ms)) throw malformed(path, 'a UTC time', value);
  return { seconds: BigInt(ms / 1000), nanos: Number((match[2] ?? '').padEnd(9, '0')) };
}
