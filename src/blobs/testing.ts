// For tests: bytes from a seed that a failure names.

/** Numbers and bytes from the seed in `SEED`, or a fresh one. */
export function seededNoise(): { seed: number; random(below: number): number; noise(size: number): Uint8Array } {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 2 ** 31) * below);
  };
  return { seed, random, noise: (size) => Uint8Array.from({ length: size }, () => random(256)) };
}
