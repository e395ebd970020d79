import { refuse } from './errors.js';

/** Writes protobuf as a record wants it: the caller gives ascending fields, defaults are omitted, lists are packed. */
export class Writer {
  readonly #bytes: number[] = [];

  /** Adds a varint field unless it is 0. */
  uint(field: number, value: number): void {
    if (value === 0) return;
    this.#varint(field * 8);
    this.#varint(value);
  }

  /** Adds a length-delimited field. An empty one is written only where `always` says so (inside repeated fields). */
  bytes(field: number, value: ArrayLike<number>, always = false): void {
    if (value.length === 0 && !always) return;
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    for (let i = 0; i < value.length; i++) this.#bytes.push(value[i]!);
  }

  /** Adds a packed list of varints. */
  uints(field: number, values: readonly number[]): void {
    const inner = new Writer();
    for (const v of values) inner.#varint(v);
    this.bytes(field, inner.#bytes);
  }

  /** Adds a packed list of zigzag integers. */
  sints(field: number, values: readonly number[]): void {
    this.uints(field, values.map((v) => (v < 0 ? -2 * v - 1 : 2 * v)));
  }

  /** Adds a packed list of float32 bits. */
  floats(field: number, values: readonly number[]): void {
    this.bytes(field, new Uint8Array(Float32Array.from(values).buffer));
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`varint of ${value}`);
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes.push((rest % 128) + 128);
    this.#bytes.push(rest);
  }
}

/** One field as it was read: a varint, or bytes. */
export type Field = { readonly number: number; readonly value: number } | { readonly number: number; readonly bytes: Uint8Array };

const notCanonical = (why: string): never => refuse('RECORD_NOT_CANONICAL', `record bytes are not canonical: ${why}`);

/**
 * Reads the fields of one message, strictly: ascending numbers, minimal varints, no defaults; a field repeats, and may be
 * empty, only if `repeated` holds its number. Exactly what the writer above writes is accepted.
 *
 * @throws OnnxError RECORD_NOT_CANONICAL
 */
export function readFields(bytes: Uint8Array, repeated: ReadonlySet<number>): Field[] {
  const reader = new Reader(bytes);
  const fields: Field[] = [];
  let last = 0;
  while (!reader.done) {
    const tag = reader.varint();
    const number = Math.floor(tag / 8);
    if (number < 1 || number > 15) notCanonical(`field number ${number}`);
    if (number < last || (number === last && !repeated.has(number))) notCanonical(`field ${number} after ${last}`);
    last = number;
    const value = reader.varint();
    if (tag % 8 === 0) {
      if (value === 0) notCanonical(`field ${number} spells its default`);
      fields.push({ number, value });
    } else if (tag % 8 === 2) {
      if (value === 0 && !repeated.has(number)) notCanonical(`field ${number} is empty`);
      fields.push({ number, bytes: reader.take(value) });
    } else notCanonical(`wire type ${tag % 8}`);
  }
  return fields;
}

/** A packed list of varints. @throws OnnxError RECORD_NOT_CANONICAL */
export function readUints(bytes: Uint8Array): number[] {
  const reader = new Reader(bytes);
  const out: number[] = [];
  while (!reader.done) out.push(reader.varint());
  return out;
}

/** A packed list of zigzag integers. @throws OnnxError RECORD_NOT_CANONICAL */
export function readSints(bytes: Uint8Array): number[] {
  return readUints(bytes).map((v) => (v % 2 === 0 ? v / 2 : -(v + 1) / 2));
}

const CANONICAL_NAN = 0x7fc00000;

/** A packed list of float32s. @throws OnnxError RECORD_NOT_CANONICAL */
export function readFloats(bytes: Uint8Array): number[] {
  if (bytes.length % 4 !== 0) notCanonical('floats that are not a multiple of 4 bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, i) => {
    const value = view.getFloat32(4 * i, true);
    // A number of JavaScript keeps no payload: another NaN would be written back as this one.
    if (Number.isNaN(value) && view.getUint32(4 * i, true) !== CANONICAL_NAN) notCanonical('a NaN with another payload');
    return value;
  });
}

class Reader {
  #at = 0;
  constructor(readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.#at >= this.bytes.length;
  }

  /** Extents and counts beyond 2⁵³ exist in no program, so they are refused here rather than rounded. */
  varint(): number {
    let value = 0;
    for (let i = 0; i < 8; i++) {
      const byte = this.bytes[this.#at++];
      if (byte === undefined) return notCanonical('it ends inside a number');
      value += (byte % 128) * 128 ** i;
      if (byte < 128) {
        if (byte === 0 && i > 0) notCanonical('a number is not in its shortest form');
        if (!Number.isSafeInteger(value)) notCanonical('a number above 2^53');
        return value;
      }
    }
    return notCanonical('a number above 2^53');
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.#at) notCanonical('it ends inside a field');
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }
}
