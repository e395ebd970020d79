import { AssayError } from '../errors.js';

// The SDK's decimals have two spellings: protobuf carries value · 10^18 as an integer's digits, JSON (events, REST) a number
// with a point and 18 places. A decimal in a message must be in protobuf's.

const PLACES = 18;

/**
 * A decimal in units of 10^-18, from either spelling: `10000000000000` and `0.000010000000000000` are the same.
 *
 * @throws AssayError DECIMAL_INVALID
 */
export function decimalUnits(text: string): bigint {
  if (/^\d+$/.test(text)) return BigInt(text);
  return parseDecimal(text);
}

/** What a person writes (`0.001`, `1e-5`, `2`) as a decimal of a message. @throws AssayError DECIMAL_INVALID */
export function decimalField(text: string): string {
  const match = /^(\d+(?:\.\d+)?)e-(\d{1,2})$/i.exec(text);
  if (!match) return parseDecimal(text).toString();
  const shifted = parseDecimal(match[1]!);
  const divisor = 10n ** BigInt(match[2]!);
  if (shifted % divisor !== 0n) throw invalid(text);
  return (shifted / divisor).toString();
}

function parseDecimal(text: string): bigint {
  const match = /^(\d{1,40})(?:\.(\d{1,18}))?$/.exec(text);
  if (!match) throw invalid(text);
  return BigInt(match[1]! + (match[2] ?? '').padEnd(PLACES, '0'));
}

function invalid(text: string): AssayError {
  return new AssayError('DECIMAL_INVALID', `"${text}" is not a non-negative decimal with at most ${PLACES} places`);
}
