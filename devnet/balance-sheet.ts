import { flowOf, type Ledger } from './ledger.js';

/** A party of the sheet: a person, or a module's account. */
export interface Party {
  readonly name: string;
  readonly address: string;
  readonly start: bigint;
  readonly end: bigint;
}

/** One payment out of a job's escrow, as `assay.compute.v1.EventPayment` says it. */
export interface Payment {
  readonly recipient: string;
  readonly amount: bigint;
  readonly purpose: string;
}

/** What the sheet is made of, all read from the chain. */
export interface SheetInput {
  readonly parties: readonly Party[];
  readonly ledger: Ledger;
  readonly payments: readonly Payment[];
  /** addresses of the modules that hold escrow */
  readonly escrow: readonly string[];
  /** address of the fee collector */
  readonly feeCollector: string;
  readonly supplyStart: bigint;
  readonly supplyEnd: bigint;
}

/** One line: start − network fees − escrowed + paid out + other = end. `gap` must be 0. */
export interface SheetRow {
  readonly name: string;
  readonly address: string;
  readonly start: bigint;
  readonly networkFees: bigint;
  readonly escrowed: bigint;
  /** received from escrow */
  readonly paid: bigint;
  /** what the payment events say was paid to this party; must equal `paid` */
  readonly announced: bigint;
  readonly other: bigint;
  readonly end: bigint;
  readonly gap: bigint;
}

/** The whole sheet and whether it closes. */
export interface Sheet {
  readonly rows: readonly SheetRow[];
  readonly minted: bigint;
  readonly burned: bigint;
  readonly supplyStart: bigint;
  readonly supplyEnd: bigint;
  /** what does not close, one sentence each; empty if every unit is accounted for */
  readonly differences: readonly string[];
}

const sum = (values: Iterable<bigint>): bigint => [...values].reduce((a, b) => a + b, 0n);

/**
 * Makes the sheet. Balances come from bank's state at two heights and movements from the events between them, so the
 * two sides are independent and an amount that moved without an event, or the reverse, shows as a difference.
 */
export function balanceSheet(input: SheetInput): Sheet {
  const { ledger } = input;
  const differences: string[] = [];
  const rows = input.parties.map((party): SheetRow => {
    const flow = flowOf(ledger, party.address);
    const networkFees = flow.to.get(input.feeCollector) ?? 0n;
    const escrowed = sum(input.escrow.map((a) => flow.to.get(a) ?? 0n));
    const paid = sum(input.escrow.map((a) => flow.from.get(a) ?? 0n));
    const announced = sum(input.payments.filter((p) => p.recipient === party.address).map((p) => p.amount));
    const other = flow.received - paid - (flow.spent - networkFees - escrowed);
    const gap = party.start - networkFees - escrowed + paid + other - party.end;
    if (gap !== 0n) differences.push(`${party.name}: events lead to ${party.end + gap}, the balance is ${party.end}`);
    if (!input.escrow.includes(party.address) && paid !== announced) {
      differences.push(`${party.name}: got ${paid} from escrow, payment events announce ${announced}`);
    }
    return { name: party.name, address: party.address, start: party.start, networkFees, escrowed, paid, announced, other, end: party.end, gap };
  });
  const { minted, burned } = ledger;
  const { supplyStart, supplyEnd } = input;
  if (supplyStart + minted - burned !== supplyEnd) {
    differences.push(`supply: ${supplyStart} + ${minted} minted - ${burned} burned is not ${supplyEnd}`);
  }
  const announcedBurns = sum(input.payments.filter((p) => p.recipient === 'burn').map((p) => p.amount));
  if (announcedBurns !== burned) differences.push(`burned: ${burned} left the supply, payment events announce ${announcedBurns}`);
  const [start, end] = [sum(rows.map((r) => r.start)), sum(rows.map((r) => r.end))];
  if (start !== supplyStart) differences.push(`the parties' first balances sum to ${start}, the supply was ${supplyStart}: a party is missing`);
  if (end !== supplyEnd) differences.push(`the parties' last balances sum to ${end}, the supply is ${supplyEnd}: a party is missing`);
  return { rows, minted, burned, supplyStart, supplyEnd, differences };
}

/** The sheet as lines of a table for a terminal. */
export function renderSheet(sheet: Sheet): string[] {
  const signed = (v: bigint): string => (v === 0n ? '·' : v > 0n ? `+${group(v)}` : `-${group(-v)}`);
  const table = [
    ['party', 'start', 'network fees', 'into escrow', 'out of escrow', 'other', 'end'],
    ...sheet.rows.map((r) => [r.name, group(r.start), signed(-r.networkFees), signed(-r.escrowed), signed(r.paid), signed(r.other), group(r.end)]),
    ['supply', group(sheet.supplyStart), '', `minted ${group(sheet.minted)}`, `burned ${group(sheet.burned)}`, '', group(sheet.supplyEnd)],
  ];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  return table.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '));
}

function group(value: bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, '_');
}
