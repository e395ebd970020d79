import { MsgPostBeacon } from '../../src/chain/generated/assay/beacon/v1/tx.js';
import { message, pages, refusalOf, type Sender } from '../../src/chain/index.js';
import { sleep } from '../../src/shutdown.js';

/** Jobs whose rounds are held back, with how many of them: three, and the beacon never comes. */
export type Withheld = Map<bigint, number>;

/**
 * Relays the rounds that jobs wait for from the devnet's signer, as sidecars do, but those that are held back.
 *
 * @param url of the signer
 */
export async function relayRounds(sender: Sender, url: string, withheld: Withheld, signal: AbortSignal): Promise<void> {
  const { query } = sender.client;
  const posted = new Set<bigint>();
  const post = async (round: bigint): Promise<void> => {
    const response = await fetch(`${url}/public/${round}`);
    if (!response.ok) throw new Error(`the signer answered ${response.status} for round ${round}`);
    const { signature } = (await response.json()) as { signature: string };
    await sender.send([message(MsgPostBeacon, { poster: sender.address, round, signature: new Uint8Array(Buffer.from(signature, 'hex')) })], { gas: 500_000 });
  };
  while (!signal.aborted) {
    const due: bigint[] = [];
    for await (const pin of pages((pagination) => query.beacon.PinnedRounds({ pagination }), (r) => r.pins)) {
      const seconds = Number(pin.due?.seconds ?? 0n) + (pin.due?.nanos ?? 0) / 1e9;
      if (seconds * 1_000 <= Date.now()) due.push(pin.round);
    }
    // Asked after the pins: a round that the job waits for is in its record since the block that pinned it.
    const held = new Set<bigint>();
    for (const [id, tries] of withheld) {
      const { job } = await query.compute.Job({ id });
      if (job!.beaconTries <= tries) held.add(job!.beaconRound);
    }
    for (const round of due) {
      if (held.has(round) || posted.has(round)) continue;
      posted.add(round);
      // A round that nobody waits for any more, or that is recorded, is refused: fine. Anything else is tried again.
      post(round).catch((error: unknown) => refusalOf(error)?.codespace === 'beacon' || posted.delete(round));
    }
    await sleep(400, signal).catch(() => {});
  }
}
