import type { ProgramSummary, Tolerance } from '../../src/chain/generated/assay/registry/v1/registry.js';
import type { ProgramRow } from '../../src/db/index.js';

// From what events carry to what columns hold: absent is null, never a default that could be taken for a fact.

const MAX_BIGINT = (1n << 63n) - 1n;

/** An id in sequence. @throws RangeError when it cannot be one: then the event stays raw */
export function id(value: bigint): bigint {
  if (value < 0n || value > MAX_BIGINT) throw new RangeError(`expected an id in sequence, found ${value}`);
  return value;
}

/** An id of which 0 means none. */
export function optionalId(value: bigint): bigint | null {
  return value === 0n ? null : id(value);
}

/** A height of which 0 means not yet. */
export function optionalHeight(value: bigint): number | null {
  return value === 0n ? null : height(value);
}

/** A height. */
export function height(value: bigint): number {
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`expected a height, found ${value}`);
  return Number(value);
}

/** Text of which '' means none. */
export function optionalText(value: string): string | null {
  return value === '' ? null : value;
}

/** Bytes. */
export function bytes(value: Uint8Array): Buffer {
  return Buffer.from(value);
}

/** Bytes of which none means absent. */
export function optionalBytes(value: Uint8Array): Buffer | null {
  return value.length === 0 ? null : Buffer.from(value);
}

/** An amount: a non-negative decimal integer. '' means 0, as Go's nil Int prints. */
export function amount(value: string): bigint {
  if (!/^\d{0,78}$/.test(value)) throw new RangeError(`expected an amount, found ${value.slice(0, 100)}`);
  return BigInt(value || '0');
}

/** Lower-case hexadecimal. */
export function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}

/** An enum's name without its prefix; the zero value of every enum of ours is named UNSPECIFIED. */
export function enumName<E>(toJSON: (value: E) => string, prefix: string, value: E): string {
  const name = toJSON(value);
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** The same with null for UNSPECIFIED. */
export function optionalEnum<E>(toJSON: (value: E) => string, prefix: string, value: E): string | null {
  const name = enumName(toJSON, prefix, value);
  return name === 'UNSPECIFIED' ? null : name;
}

/** Absolute and relative tolerance as decimals. */
export function tolerance(value: Tolerance | undefined): { toleranceAbs: string; toleranceRel: string } {
  return { toleranceAbs: decimal(value?.abs ?? '0'), toleranceRel: decimal(value?.rel ?? '0') };
}

/** A decimal without trailing zeros: events print all 18 places. */
export function decimal(value: string): string {
  return value.includes('.') ? value.replace(/\.?0+$/, '') : value || '0';
}

/** What the chain keeps of a program, as JSON. */
export function program(p: ProgramSummary): ProgramRow {
  return {
    root: hex(p.root), inputs: p.inputs, weights: p.weights, values: p.values, nodes: p.nodes, outputs: p.outputs,
    macs: String(p.macs), exponentials: String(p.exponentials), elementsRead: String(p.elementsRead),
    inputBytes: String(p.inputBytes), weightBytes: String(p.weightBytes), outputBytes: String(p.outputBytes),
    traceBytes: String(p.traceBytes), depth: p.depth, worstProof: String(p.worstProof), quantised: p.quantised,
  };
}
