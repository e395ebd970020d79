import { fromBech32, toBech32 } from '@cosmjs/encoding';
import { AssayError } from '../errors.js';

/** The human-readable part of account addresses on Assay's own networks. */
export const DEFAULT_PREFIX = 'assay';

/**
 * Raw bytes of an account address (20 of a key, 32 of a module).
 *
 * @throws AssayError ADDRESS_INVALID
 */
export function addressBytes(address: string): Uint8Array {
  try {
    return fromBech32(address).data;
  } catch (cause) {
    throw new AssayError('ADDRESS_INVALID', `"${address}" is not a bech32 address`, { cause });
  }
}

/** The human-readable part of an address, `assay` of `assay1…`. @throws AssayError ADDRESS_INVALID */
export function addressPrefix(address: string): string {
  try {
    return fromBech32(address).prefix;
  } catch (cause) {
    throw new AssayError('ADDRESS_INVALID', `"${address}" is not a bech32 address`, { cause });
  }
}

/** The operator address of a validator (`…valoper1…`) that belongs to an account address. */
export function validatorAddress(account: string): string {
  return toBech32(`${addressPrefix(account)}valoper`, addressBytes(account));
}
