import { and, gt, isNull, lte, or, type Column, type SQL } from 'drizzle-orm';

/** The filter of relational queries for the version that held at `height`. */
export function validAt(height: number): { validFrom: { lte: number }; OR: ({ validTo: { isNull: true } } | { validTo: { gt: number } })[] } {
  return { validFrom: { lte: height }, OR: [{ validTo: { isNull: true } }, { validTo: { gt: height } }] };
}

/** The same as a condition on a table. */
export function whereValidAt(table: { validFrom: Column; validTo: Column }, height: number): SQL {
  return and(lte(table.validFrom, height), or(isNull(table.validTo), gt(table.validTo, height)))!;
}
