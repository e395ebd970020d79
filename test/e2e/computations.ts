import { Undo } from '../daemons/parties.js';
import { Lab } from './lab.js';
import { COMPUTATION_CHEATS, type ComputationPath } from './paths-computations.js';

/** Walks paths together on one network with real daemons, prints a line for each, and returns how many failed. */
export async function walkComputations(
  chosen: readonly { readonly path: ComputationPath; readonly label: string }[], say: (line: string) => void,
): Promise<number> {
  const undo = new Undo();
  try {
    const lab = await Lab.open(undo, COMPUTATION_CHEATS);
    const began = Date.now();
    const passed = await Promise.all(
      chosen.map(async ({ path, label }) => {
        try {
          const seen = await path.run(lab);
          say(`${label}: ${seen} (${((Date.now() - began) / 1_000).toFixed(0)} s)`);
          return true;
        } catch (error) {
          say(`${label}: FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
          return false;
        }
      }),
    );
    return passed.filter((p) => !p).length;
  } finally {
    await undo.all();
  }
}
