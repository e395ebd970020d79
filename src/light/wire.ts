// The few protobuf forms that CometBFT hashes, written by hand so that this folder runs anywhere without a codec.

const EMPTY = new Uint8Array(0);
const utf8 = new TextEncoder();

/** Joins byte strings. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Base-128 varint of a non-negative integer; negative ones take the 64-bit two's complement, as protobuf does. */
export function varint(value: bigint): Uint8Array {
  let rest = BigInt.asUintN(64, value);
  const out: number[] = [];
  while (rest >= 128n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Uint8Array.from(out);
}

/** Field of wire type 0; nothing for zero, as proto3 omits defaults. */
export function intField(field: number, value: bigint): Uint8Array {
  return value === 0n ? EMPTY : concat(varint(BigInt(field << 3)), varint(value));
}

/** Field of wire type 2; nothing when empty, unless `always` (gogoproto writes a non-nullable empty message). */
export function bytesField(field: number, value: Uint8Array, always = false): Uint8Array {
  if (value.length === 0 && !always) return EMPTY;
  return concat(varint(BigInt((field << 3) | 2)), varint(BigInt(value.length)), value);
}

/** Field of wire type 2 holding UTF-8 text. */
export function textField(field: number, value: string): Uint8Array {
  return bytesField(field, utf8.encode(value));
}

/** Seconds (may be negative) and nanoseconds since 1970, as in google.protobuf.Timestamp. */
export interface Timestamp {
  readonly seconds: bigint;
  readonly nanos: number;
}

/** google.protobuf.Timestamp. */
export function timestamp(time: Timestamp): Uint8Array {
  return concat(intField(1, time.seconds), intField(2, BigInt(time.nanos)));
}
