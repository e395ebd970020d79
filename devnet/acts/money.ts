import { ModuleAccount } from 'cosmjs-types/cosmos/auth/v1beta1/auth';
import { decodeEvents, eventsOf, pages } from '../../src/chain/index.js';
import { balanceSheet, renderSheet, type Party, type Payment } from '../balance-sheet.js';
import { newLedger, record } from '../ledger.js';
import type { Stage } from '../stage.js';

/** Holders of the coin and the supply at a height. */
export interface Holdings {
  readonly height: number;
  readonly balances: ReadonlyMap<string, bigint>;
  readonly supply: bigint;
}

/** Every account that holds the coin at a height, from bank's state. */
export async function holdingsAt(stage: Stage, height: number): Promise<Holdings> {
  const { denom } = stage.network;
  const { bank } = stage.chain.at(height);
  const balances = new Map<string, bigint>();
  const owners = pages(
    (pagination) => bank.DenomOwners({ denom, pagination }) as Promise<{ denomOwners: { address: string; balance: { amount: string } }[]; pagination: undefined }>,
    (r) => r.denomOwners,
    500n,
  );
  for await (const owner of owners) balances.set(owner.address, BigInt(owner.balance.amount));
  const { amount } = await bank.SupplyOf({ denom });
  return { height, balances, supply: BigInt(amount.amount) };
}

/** Names of the module accounts, by address. */
async function moduleNames(stage: Stage): Promise<Map<string, string>> {
  const { accounts } = await stage.chain.query.auth.ModuleAccounts();
  return new Map(accounts.map((any) => {
    const account = ModuleAccount.decode(any.value);
    return [account.baseAccount?.address ?? '', account.name];
  }));
}

/** The balance sheet of every party between two heights, all of it read from the chain. @throws `DEMO_FAILED` */
export async function closeTheBooks(stage: Stage, start: Holdings, toHeight: number): Promise<void> {
  const { story, chain, network } = stage;
  const end = await holdingsAt(stage, toHeight);
  const ledger = newLedger(network.denom);
  const payments: Payment[] = [];
  for (let height = start.height + 1; height <= toHeight; height++) {
    const { results, finalizeBlockEvents } = await chain.comet.blockResults(height);
    const events = [...results.flatMap((r) => r.events), ...finalizeBlockEvents];
    record(ledger, events);
    for (const p of eventsOf(decodeEvents(events), 'assay.compute.v1.EventPayment')) payments.push({ recipient: p.recipient, amount: BigInt(p.amount), purpose: p.purpose });
  }
  const names = new Map([...(await moduleNames(stage))].map(([address, name]) => [address, `module ${name}`]));
  for (const [name, { address }] of network.accounts) names.set(address, name);
  const addresses = new Set([...start.balances.keys(), ...end.balances.keys(), ...ledger.accounts.keys()]);
  const parties = [...addresses].map((address): Party => ({
    name: names.get(address) ?? address,
    address,
    start: start.balances.get(address) ?? 0n,
    end: end.balances.get(address) ?? 0n,
  }));
  const moduleOf = (name: string): string => [...names].find(([, n]) => n === `module ${name}`)?.[0] ?? '';
  // The events say "pool" for the community pool, whose coins the distribution module holds.
  const pool = moduleOf('distribution');
  const announced = payments.map((p) => (p.recipient === 'pool' ? { ...p, recipient: pool } : p));
  const sheet = balanceSheet({
    parties: parties.sort((a, b) => (a.name < b.name ? -1 : 1)),
    ledger, payments: announced,
    escrow: ['compute', 'dispute'].map(moduleOf).filter((a) => a !== ''),
    feeCollector: moduleOf('fee_collector'),
    supplyStart: start.supply, supplyEnd: end.supply,
  });
  story.say(`the balance sheet of every party, heights ${start.height} to ${toHeight}, in ${network.denom}:`);
  story.show(renderSheet(sheet));
  story.expect('differences between balances, movements, announced payments and supply', sheet.differences, []);
}
