import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../src/errors.js';
import { balanceSheet, renderSheet, type SheetInput } from './balance-sheet.js';
import { amountOf, newLedger, record, type LedgerEvent } from './ledger.js';

const event = (type: string, attributes: Record<string, string>): LedgerEvent => ({
  type, attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })),
});
const send = (sender: string, recipient: string, amount: bigint): LedgerEvent[] => [
  event('coin_spent', { spender: sender, amount: `${amount}uassay` }),
  event('coin_received', { receiver: recipient, amount: `${amount}uassay` }),
  event('transfer', { sender, recipient, amount: `${amount}uassay` }),
];

// A job of 100: alice pays it into escrow with a fee of 3 to the network, bob gets 90, 2 burn, 8 stay; 7 are minted.
function example(): SheetInput {
  const ledger = newLedger('uassay');
  record(ledger, [
    ...send('alice', 'fees', 3n), ...send('alice', 'escrow', 100n), ...send('escrow', 'bob', 90n),
    event('coin_spent', { spender: 'escrow', amount: '2uassay' }), event('burn', { burner: 'escrow', amount: '2uassay' }),
    event('coinbase', { minter: 'mint', amount: '7uassay' }), event('coin_received', { receiver: 'mint', amount: '7uassay' }),
    event('something_else', { amount: 'not coins' }),
  ]);
  return {
    ledger, payments: [{ recipient: 'bob', amount: 90n, purpose: 'fee' }, { recipient: 'burn', amount: 2n, purpose: 'dust' }], escrow: ['escrow'], feeCollector: 'fees',
    supplyStart: 1_000n, supplyEnd: 1_005n,
    parties: [
      { name: 'Alice', address: 'alice', start: 900n, end: 797n }, { name: 'Bob', address: 'bob', start: 100n, end: 190n },
      { name: 'escrow', address: 'escrow', start: 0n, end: 8n }, { name: 'fees', address: 'fees', start: 0n, end: 3n },
      { name: 'mint', address: 'mint', start: 0n, end: 7n },
    ],
  };
}

test('a sheet closes when balances, events, payments and supply agree', () => {
  const sheet = balanceSheet(example());
  assert.deepEqual(sheet.differences, []);
  const alice = sheet.rows[0]!;
  assert.deepEqual([alice.networkFees, alice.escrowed, alice.paid, alice.other, alice.gap], [3n, 100n, 0n, 0n, 0n]);
  assert.equal(renderSheet(sheet).length, 7);
});

test('each way of not closing is named', () => {
  const change = (f: (input: { -readonly [K in keyof SheetInput]: SheetInput[K] }) => void): string[] => {
    const input = { ...example() };
    f(input);
    return [...balanceSheet(input).differences];
  };
  assert.match(change((i) => (i.parties = i.parties.map((p) => (p.name === 'Bob' ? { ...p, end: 191n } : p))))[0]!, /Bob: events lead to 190, the balance is 191/);
  assert.match(change((i) => (i.payments = []))[0]!, /Bob: got 90 from escrow, payment events announce 0/);
  assert.match(change((i) => (i.payments = i.payments.slice(0, 1)))[0]!, /burned: 2 left the supply, payment events announce 0/);
  assert.match(change((i) => (i.supplyEnd = 1_006n))[0]!, /supply: 1000 \+ 7 minted - 2 burned is not 1006/);
  assert.match(change((i) => (i.parties = i.parties.slice(1)))[0]!, /first balances sum to 100, the supply was 1000: a party is missing/);
});

test('amounts of other denominations do not count, and nonsense is refused', () => {
  assert.equal(amountOf('', 'uassay'), 0n);
  assert.equal(amountOf('12stake,5uassay', 'uassay'), 5n);
  assert.throws(() => amountOf('5 uassay', 'uassay'), (e) => hasCode(e, 'LEDGER_AMOUNT'));
});
