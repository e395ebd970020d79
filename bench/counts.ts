/** How trials ended. tried is the sum of the others. */
export interface Count {
  tried: number;
  /** no bit of any output moved */
  silent: number;
  /** the chain convicted */
  proven: number;
  /** an output moved, but every touched element lies within the referee's bound or the signed tolerance */
  within: number;
  /** the referee could not decide about a touched element and saw no fault in the others */
  undecided: number;
  /** a fault to the offline referee, but the chain did not convict: never */
  refused: number;
}

/** A way for a trial to end. */
export type Ending = Exclude<keyof Count, 'tried'>;

/** Counts of nothing. */
export function none(): Count {
  return { tried: 0, silent: 0, proven: 0, within: 0, undecided: 0, refused: 0 };
}

/** Counts together. */
export function sum(counts: Iterable<Count>): Count {
  const total = none();
  for (const count of counts) for (const key of Object.keys(total) as (keyof Count)[]) total[key] += count[key];
  return total;
}

/** What one model's trials gave. */
export interface Result {
  readonly byK: ReadonlyMap<number, Count>;
  readonly byKind: ReadonlyMap<string, Count>;
  readonly largestProof: number;
}

/** What the trials of several models gave. */
export function join(results: readonly Result[]): Result {
  const joined = <K>(maps: readonly ReadonlyMap<K, Count>[]): Map<K, Count> =>
    new Map([...(maps[0]?.keys() ?? [])].map((key) => [key, sum(maps.map((m) => m.get(key) ?? none()))]));
  return {
    byK: joined(results.map((r) => r.byK)),
    byKind: joined(results.map((r) => r.byKind)),
    largestProof: Math.max(0, ...results.map((r) => r.largestProof)),
  };
}
