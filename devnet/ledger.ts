import { AssayError } from '../src/errors.js';

/** An event as block results hold it. */
export interface LedgerEvent {
  readonly type: string;
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
}

/** What moved through one account. Amounts in the chain's smallest unit. */
export interface AccountFlow {
  received: bigint;
  spent: bigint;
  /** spent, by who got it */
  to: Map<string, bigint>;
  /** received, by who sent it */
  from: Map<string, bigint>;
}

/** Everything that bank said in a range of blocks. */
export interface Ledger {
  readonly denom: string;
  readonly accounts: Map<string, AccountFlow>;
  minted: bigint;
  burned: bigint;
}

/** An empty ledger of one denomination. */
export function newLedger(denom: string): Ledger {
  return { denom, accounts: new Map(), minted: 0n, burned: 0n };
}

/**
 * Adds the events of a block, in order: `coin_spent`, `coin_received` (every change of a balance has one of these),
 * `coinbase` and `burn` (every change of supply), `transfer` (who paid whom). Other events are skipped.
 */
export function record(ledger: Ledger, events: Iterable<LedgerEvent>): void {
  for (const event of events) {
    const get = (key: string): string => event.attributes.find((a) => a.key === key)?.value ?? '';
    const amount = (): bigint => amountOf(get('amount'), ledger.denom);
    switch (event.type) {
      case 'coin_spent':
        flow(ledger, get('spender')).spent += amount();
        break;
      case 'coin_received':
        flow(ledger, get('receiver')).received += amount();
        break;
      case 'coinbase':
        ledger.minted += amount();
        break;
      case 'burn':
        ledger.burned += amount();
        break;
      case 'transfer':
        add(flow(ledger, get('sender')).to, get('recipient'), amount());
        add(flow(ledger, get('recipient')).from, get('sender'), amount());
        break;
      default:
    }
  }
}

/** What moved through an account; zeros for one that no event names. */
export function flowOf(ledger: Ledger, address: string): AccountFlow {
  return ledger.accounts.get(address) ?? { received: 0n, spent: 0n, to: new Map(), from: new Map() };
}

/**
 * The amount of one denomination in a coins text such as `12stake,5uassay`; 0 where it does not occur.
 * @throws `LEDGER_AMOUNT` for a text that is no list of coins.
 */
export function amountOf(coins: string, denom: string): bigint {
  let sum = 0n;
  for (const coin of coins === '' ? [] : coins.split(',')) {
    const match = /^([0-9]+)([a-zA-Z][a-zA-Z0-9/:._-]{1,127})$/.exec(coin);
    if (!match) throw new AssayError('LEDGER_AMOUNT', `expected coins such as 5uassay, found "${coins}"`, { decision: 'peer' });
    if (match[2] === denom) sum += BigInt(match[1]!);
  }
  return sum;
}

function flow(ledger: Ledger, address: string): AccountFlow {
  let found = ledger.accounts.get(address);
  if (found === undefined) ledger.accounts.set(address, (found = { received: 0n, spent: 0n, to: new Map(), from: new Map() }));
  return found;
}

function add(map: Map<string, bigint>, key: string, amount: bigint): void {
  map.set(key, (map.get(key) ?? 0n) + amount);
}
