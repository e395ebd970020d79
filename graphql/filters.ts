import { and, eq, gte, inArray, lte, sql, type Column, type SQL } from 'drizzle-orm';
import { builder } from './builder.js';
import { apiError } from './errors.js';

/** Most values of one `in`. */
const MAX_VALUES = 100;

/** An enum whose values are text. */
type StringEnum = typeof builder extends { enumType: (...args: never[]) => infer R } ? R : never;

export const StringFilter = builder.inputType('StringFilter', {
  description: 'Which texts match. All given conditions must hold.',
  fields: (t) => ({
    eq: t.string({ description: 'Equal to this.' }),
    in: t.stringList({ description: 'Equal to one of these, at most 100.' }),
  }),
});

export const BigIntFilter = builder.inputType('BigIntFilter', {
  description: 'Which integers match. All given conditions must hold.',
  fields: (t) => ({
    eq: t.field({ type: 'BigInt', description: 'Equal to this.' }),
    in: t.field({ type: ['BigInt'], description: 'Equal to one of these, at most 100.' }),
    gte: t.field({ type: 'BigInt', description: 'This or more.' }),
    lte: t.field({ type: 'BigInt', description: 'This or less.' }),
  }),
});

export const IntFilter = builder.inputType('IntFilter', {
  description: 'Which small integers or heights match. All given conditions must hold.',
  fields: (t) => ({
    eq: t.int({ description: 'Equal to this.' }),
    gte: t.int({ description: 'This or more.' }),
    lte: t.int({ description: 'This or less.' }),
  }),
});

/** A filter of an enum's values. */
export function enumFilter(name: string, type: StringEnum) {
  return builder.inputType(name, {
    description: 'Which values match. All given conditions must hold.',
    fields: (t) => ({
      eq: t.field({ type, description: 'Equal to this.' }),
      in: t.field({ type: [type], description: 'Equal to one of these.' }),
    }),
  });
}

/** A filter as the caller gave it: any of our filter inputs. */
export interface Condition {
  readonly eq?: unknown;
  readonly in?: readonly unknown[] | null;
  readonly gte?: unknown;
  readonly lte?: unknown;
}

/** Conditions of an input object, each on the column of its name. Absent ones hold for every row. */
export function conditions(pairs: readonly (readonly [Condition | null | undefined, Column])[]): SQL | undefined {
  return and(...pairs.flatMap(([condition, column]) => (condition ? holds(condition, column) : [])));
}

function holds({ eq: same, in: list, gte: least, lte: most }: Condition, column: Column): SQL[] {
  const found: SQL[] = [];
  if (same !== undefined && same !== null) found.push(eq(column, same));
  if (least !== undefined && least !== null) found.push(gte(column, least));
  if (most !== undefined && most !== null) found.push(lte(column, most));
  if (list) {
    if (list.length > MAX_VALUES) throw apiError('BAD_USER_INPUT', `expected at most ${MAX_VALUES} values, found ${list.length}`);
    found.push(list.length === 0 ? sql`false` : inArray(column, [...list]));
  }
  return found;
}
