import { AssayError } from '../errors.js';

const PLACES = 18;

/**
 * A decimal such as `0.001` in the form that protobuf carries it in: an integer of 10⁻¹⁸ units.
 * @throws AssayError DECIMAL_INVALID
 */
export function decimalToWire(text: string): string {
  const match = /^([0-9]{1,40})(?:\.([0-9]{1,18}))?$/.exec(text);
  if (!match) throw new AssayError('DECIMAL_INVALID', `expected a non-negative decimal with at most ${PLACES} places, found "${text}"`);
  return BigInt(match[1]! + (match[2] ?? '').padEnd(PLACES, '0')).toString();
}

/** The decimal text of an integer of 10⁻¹⁸ units, as protobuf carries it. @throws AssayError DECIMAL_INVALID */
export function wireToDecimal(wire: string): string {
  if (!/^[0-9]{1,78}$/.test(wire)) throw new AssayError('DECIMAL_INVALID', `expected an integer of 10^-18 units, found "${wire}"`, { decision: 'peer' });
  const digits = BigInt(wire).toString().padStart(PLACES + 1, '0');
  return `${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`.replace(/0+$/, '').replace(/\.$/, '');
}
