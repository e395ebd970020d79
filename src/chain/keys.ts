import { readFile, stat } from 'node:fs/promises';
import { Bip39, EnglishMnemonic, Slip10, Slip10Curve } from '@cosmjs/crypto';
import { DirectSecp256k1Wallet, encodePubkey, makeCosmoshubPath, type OfflineDirectSigner } from '@cosmjs/proto-signing';
import { encodeSecp256k1Pubkey } from '@cosmjs/amino';
import { AssayError } from '../errors.js';
import { DEFAULT_PREFIX } from './address.js';

/** A key that signs, its address and its public key as transactions carry it. */
export interface Key {
  readonly address: string;
  readonly wallet: OfflineDirectSigner;
  readonly pubkey: ReturnType<typeof encodePubkey>;
}

/**
 * The key at m/44'/118'/0'/0/0 of a mnemonic. Derived once: an HD wallet derives again for every signature (nine times slower).
 *
 * @throws AssayError KEY_INVALID
 */
export async function keyFromMnemonic(mnemonic: string, prefix = DEFAULT_PREFIX): Promise<Key> {
  let seed: Uint8Array;
  try {
    seed = await Bip39.mnemonicToSeed(new EnglishMnemonic(mnemonic.trim().split(/\s+/).join(' ')));
  } catch {
    // The cause would carry the words into a log.
    throw new AssayError('KEY_INVALID', 'the mnemonic is not valid English BIP-39 words with a checksum');
  }
  const { privkey } = Slip10.derivePath(Slip10Curve.Secp256k1, seed, makeCosmoshubPath(0));
  return keyFromPrivate(privkey, prefix);
}

/** The key of 32 secret bytes (secp256k1). */
export async function keyFromPrivate(secret: Uint8Array, prefix = DEFAULT_PREFIX): Promise<Key> {
  if (secret.length !== 32) throw new AssayError('KEY_INVALID', `a secret key has 32 bytes, found ${secret.length}`);
  const wallet = await DirectSecp256k1Wallet.fromKey(secret, prefix);
  const account = (await wallet.getAccounts())[0];
  if (account === undefined) throw new AssayError('KEY_INVALID', 'the wallet has no account', { decision: 'bug' });
  return { address: account.address, wallet, pubkey: encodePubkey(encodeSecp256k1Pubkey(account.pubkey)) };
}

/**
 * Reads a key file: a mnemonic, 64 hexadecimal digits, or the JSON that `assayd keys add --output json` prints.
 * Others must not be able to read it.
 *
 * @throws AssayError KEY_UNREADABLE, KEY_EXPOSED, KEY_INVALID
 */
export async function keyFromFile(path: string, prefix = DEFAULT_PREFIX): Promise<Key> {
  let text: string;
  let mode: number;
  try {
    mode = (await stat(path)).mode & 0o777;
    text = (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new AssayError('KEY_UNREADABLE', `the key file ${path} cannot be read`, { cause });
  }
  if ((mode & 0o077) !== 0)
    throw new AssayError('KEY_EXPOSED', `the key file ${path} can be read by others`, {
      facts: { mode: mode.toString(8) },
      hint: `Run chmod 600 ${path}.`,
    });
  if (/^[0-9a-fA-F]{64}$/.test(text)) return keyFromPrivate(new Uint8Array(Buffer.from(text, 'hex')), prefix);
  return keyFromMnemonic(text.startsWith('{') ? mnemonicOf(text, path) : text, prefix);
}

function mnemonicOf(text: string, path: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'mnemonic' in parsed && typeof parsed.mnemonic === 'string') return parsed.mnemonic;
  } catch {
    // Said below, without the text: it is a secret.
  }
  throw new AssayError('KEY_INVALID', `the key file ${path} is JSON without a text "mnemonic"`);
}
