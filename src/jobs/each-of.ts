const PARALLEL = 4;

/** Does something for every item, a few at a time; rejects with the first error. */
export async function eachOf<T>(items: readonly T[], action: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      await action(items[i]!, i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, lane));
}
