import type { Scan } from '../src/referee/index.js';

/** What of a trace was judged, summed over the calls of the judge. */
export class Judged {
  /** tensors whose roots are those on chain */
  tensors = 0;
  nodes = 0;
  elements = 0;
  /** elements that the pre-check acquitted; the others were judged exactly */
  acquitted = 0;
  readonly undecided: Record<string, number> = {};
  /** time of judging alone */
  seconds = 0;

  /** @param of nodes of the program */
  constructor(readonly of: number) {}

  roots(tensors: number): void {
    this.tensors = tensors;
  }

  add(scan: Scan): void {
    this.nodes += scan.nodes;
    this.elements += scan.elements;
    this.acquitted += scan.acquitted;
    this.seconds += scan.seconds;
    for (const [cause, count] of Object.entries(scan.undecided)) this.undecided[cause] = (this.undecided[cause] ?? 0) + count;
  }

  /** For reports: counts, undecided elements by cause, and elements a second. */
  summary(): { tensors: number; nodes: number; of: number; elements: number; acquitted: number; undecided: number; undecidedByCause: Record<string, number>; seconds: number; elementsPerSecond: number } {
    const undecided = Object.values(this.undecided).reduce((a, b) => a + b, 0);
    const { tensors, nodes, of, elements, acquitted } = this;
    const seconds = Math.round(this.seconds * 1000) / 1000;
    return { tensors, nodes, of, elements, acquitted, undecided, undecidedByCause: { ...this.undecided }, seconds, elementsPerSecond: seconds > 0 ? Math.round(elements / seconds) : 0 };
  }
}
