import { download, type AddressPolicy } from '../src/blobs/index.js';
import { message, pages, type ChainClient, type Sender } from '../src/chain/index.js';
import type { Pin } from '../src/chain/generated/assay/beacon/v1/beacon.js';
import { MsgPostBeacon } from '../src/chain/generated/assay/beacon/v1/tx.js';
import { AssayError, describe } from '../src/errors.js';
import type { Logger } from '../src/log.js';
import { sleep } from '../src/shutdown.js';

/** Options of {@link relayBeacons}. */
export interface RelayOptions extends AddressPolicy {
  readonly chain: ChainClient;
  readonly sender: Sender;
  /** base URLs that serve `/public/{round}` as drand relays do */
  readonly sources: readonly string[];
  readonly log: Logger;
  /** milliseconds that each rank waits longer than the one before; default twice the poll interval plus 500 */
  readonly staggerMs?: number;
  readonly onPosted?: (round: bigint) => void;
}

/**
 * Posts rounds that jobs wait for, once their time has come. Verifiers take turns: the place in the order of operators,
 * rotated by the round, says who waits how long, so that one usually posts and another steps in when it does not.
 */
export async function relayBeacons(options: RelayOptions, signal: AbortSignal): Promise<void> {
  const { chain, log } = options;
  const stagger = options.staggerMs ?? 2 * chain.pollMs + 500;
  const busy = new Set<bigint>();
  let rank = { at: 0, count: 1, read: 0 };
  while (!signal.aborted) {
    try {
      if (Date.now() - rank.read > 60_000) rank = { ...(await placeOf(options)), read: Date.now() };
      const pins: Pin[] = [];
      for await (const pin of pages((pagination) => chain.query.beacon.PinnedRounds({ pagination }), (r) => r.pins)) pins.push(pin);
      for (const pin of pins) {
        const dueMs = Number(pin.due?.seconds ?? 0n) * 1000 + (pin.due?.nanos ?? 0) / 1e6;
        const turn = (rank.at + Number(pin.round % BigInt(rank.count))) % rank.count;
        if (busy.has(pin.round) || Date.now() < dueMs + turn * stagger) continue;
        busy.add(pin.round);
        void post(options, pin.round, signal)
          .catch((error: unknown) => log.warn({ round: pin.round.toString(), reason: describe(error) }, 'round not relayed, will retry'))
          .finally(() => busy.delete(pin.round));
      }
    } catch (err) {
      if (!signal.aborted) log.warn({ err }, 'pinned rounds not read, will retry');
    }
    await sleep(chain.pollMs, signal).catch(() => {});
  }
}

async function placeOf(options: RelayOptions): Promise<{ at: number; count: number }> {
  const operators: string[] = [];
  const { chain, sender } = options;
  for await (const v of pages((pagination) => chain.query.compute.Verifiers({ pagination }), (r) => r.verifiers)) operators.push(v.operator);
  operators.sort();
  return { at: Math.max(0, operators.indexOf(sender.address)), count: Math.max(1, operators.length) };
}

async function post(options: RelayOptions, round: bigint, signal: AbortSignal): Promise<void> {
  const signature = await fetchRound(options.sources, round, options, signal);
  try {
    await options.sender.send([message(MsgPostBeacon, { poster: options.sender.address, round, signature })], { signal });
    options.onPosted?.(round);
    options.log.info({ round: round.toString() }, 'round posted');
  } catch (error) {
    // Somebody was faster, or the job that waited is gone: nothing is owed any more.
    const { pins } = await options.chain.query.beacon.PinnedRounds({ pagination: undefined });
    if (pins.some((p) => p.round === round)) throw error;
  }
}

/**
 * Signature of a round from the first source that has it. The chain verifies it; a wrong one only costs a refused message.
 *
 * @returns 48 bytes
 * @throws AssayError BEACON_UNAVAILABLE (retry)
 */
export async function fetchRound(sources: readonly string[], round: bigint, policy: AddressPolicy, signal?: AbortSignal): Promise<Uint8Array> {
  let last: unknown;
  for (const source of sources) {
    try {
      const pieces: Uint8Array[] = [];
      const url = `${source.replace(/\/$/, '')}/public/${round}`;
      await download(url, { allowPrivate: policy.allowPrivate, maxBytes: 4096, totalMs: 5_000, ...(signal && { signal }) }, (piece) => void pieces.push(piece));
      return parseRound(Buffer.concat(pieces).toString('utf8'), round, url);
    } catch (error) {
      last = error;
    }
  }
  throw new AssayError('BEACON_UNAVAILABLE', `no source has round ${round}`, { decision: 'retry', facts: { sources: sources.join(' ') }, cause: last });
}

function parseRound(text: string, round: bigint, url: string): Uint8Array {
  const malformed = (why: string) => new AssayError('BEACON_MALFORMED', `${url}: ${why}`, { decision: 'peer' });
  let reply: unknown;
  try {
    reply = JSON.parse(text);
  } catch {
    throw malformed('not JSON');
  }
  if (typeof reply !== 'object' || reply === null || !('round' in reply) || !('signature' in reply)) throw malformed('no round and signature');
  if (String(reply.round) !== round.toString()) throw malformed(`asked for round ${round}, found ${String(reply.round)}`);
  if (typeof reply.signature !== 'string' || !/^[0-9a-f]{96}$/.test(reply.signature)) throw malformed('a signature has 96 hexadecimal digits');
  return new Uint8Array(Buffer.from(reply.signature, 'hex'));
}
