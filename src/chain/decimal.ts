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
  return /^\d{1,78}$/.test(text) ? BigInt(text) : parseDecimal(text);
}

/**
 * What a person writes (`0.001`, `2`) as a decimal of a message. Exponents are refused, as the SDK's own parser and a
 * prepared file refuse them.
 *
 * @throws AssayError DECIMAL_INVALID
 */
export function decimalToWire(text: string): string {
  return parseDecimal(text).toString();
}

function parseDecimal(text: string): bigint {
  const match = /^(\d{1,40})(?:\.(\d{1,18}))?$/.exec(text);
  if (!match) {
    throw new AssayError('DECIMAL_INVALID', `expected a non-negative decimal with at most ${PLACES} places, found "${text}"`, {
      hint: 'Write it without an exponent: 0.00001, not 1e-5.',
    });
  }
  return BigInt(match[1]! + (match[2] ?? '').padEnd(PLACES, '0'));
}
