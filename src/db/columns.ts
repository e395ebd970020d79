import { bigint, bytea, numeric, text } from 'drizzle-orm/pg-core';

// The few column shapes that every table is made of, so that one idea has one SQL type.

/** A block height: exact in JavaScript far beyond any chain's life. */
export const height = () => bigint({ mode: 'number' });

/** An id that the chain assigns in sequence from 1. */
export const sequence = () => bigint({ mode: 'bigint' });

/** A uint32: larger than SQL's integer. */
export const uint32 = () => bigint({ mode: 'number' });

/** Any uint64 (account numbers use the top bit, so bigint is too small). */
export const uint64 = () => numeric({ precision: 20, scale: 0, mode: 'bigint' });

/** An amount of the chain's denomination: math.Int, at most 256 bits. */
export const amount = () => numeric({ precision: 78, scale: 0, mode: 'bigint' });

/** A digest or root. Native bytea: a custom type nested in JSON would come back as its text. */
export const digest = () => bytea();

/** A bech32 address. */
export const address = () => text();

/**
 * The life of one version of an entity: it held after every block from `valid_from` on, until before `valid_to`
 * (null: it holds still). Height 0 is genesis. At height h the version with valid_from <= h < valid_to is the one.
 */
export const versioned = {
  validFrom: height().notNull(),
  validTo: height(),
};
