// The table of docs/certificates.md, written from the certificates.
import type { Certificate, Remainders } from './certificate.js';

/** Markdown of what these certificates found, one row each, in the order given. */
export function table(certificates: readonly Certificate[]): string {
  const rows = certificates.map((c) => {
    const { ulp, excess, absolute, share } = c.worst;
    return [
      c.function,
      `${c.runtime} ${c.version} ${c.instruction_set}`,
      figure(ulp?.value),
      figure(excess?.value ?? 0),
      figure(absolute?.value),
      c.claim === null ? 'derived' : granted(c.claim.rho, c.claim.alpha),
      figure(share?.value),
      remaindersOf(c.remainders),
    ];
  });
  const heads = ['function', 'runtime', 'worst ulp', 'after the floor', 'worst absolute', 'granted', 'share of it', 'remainders'];
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

function granted(rho: number, alpha: number): string {
  return `ρ ${rho}${alpha === 0 ? '' : `, α ${figure(alpha * 2 ** -40)}`}`;
}

/** Four digits, rounded up: a table must not promise more than its certificate. */
function figure(value: number | undefined): string {
  if (value === undefined) return '';
  const digits = value.toPrecision(4);
  if (Number(digits) >= value) return compact(Number(digits));
  const step = 10 ** (Math.floor(Math.log10(value)) - 3);
  return compact(Number((value + step).toPrecision(4)));
}

function compact(value: number): string {
  return value !== 0 && (value < 1e-3 || value >= 1e6) ? value.toExponential() : String(value);
}

function remaindersOf(r: Remainders): string {
  if (r.swept_by !== null) return `all, by ${r.swept_by}`;
  return r.differing === 0 ? 'the same bits in a sample' : '**other bits, sampled only**';
}
