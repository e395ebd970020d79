import type { Case, Court } from './court.js';

type Verdict = (convicted: boolean) => void;

/** Cases on their way to the court, which hears as many at once as it can while others are still being found. */
export class Docket {
  readonly #court: Court;
  readonly #waiting: { readonly case: Case; readonly verdict: Verdict }[] = [];
  /** ends with the hearing under way */
  #hearing: Promise<void> = Promise.resolve();
  /** ends when the next hearing begins, once somebody wants one */
  #begin: Promise<void> | undefined;

  constructor(court: Court) {
    this.#court = court;
  }

  /** Takes a case; `verdict` hears of it later. Waits while the court is busy and a full batch waits already. */
  async add(what: Case, verdict: Verdict): Promise<void> {
    this.#waiting.push({ case: what, verdict });
    if (this.#waiting.length >= this.#court.capacity) await this.#next();
  }

  /** Ends when every case has its verdict. @throws what a hearing threw */
  async settle(): Promise<void> {
    while (this.#waiting.length > 0) await this.#next();
    await this.#hearing;
  }

  #next(): Promise<void> {
    return (this.#begin ??= this.#hearing.then(() => {
      this.#begin = undefined;
      this.#hearing = this.#hear(this.#waiting.splice(0, this.#court.capacity));
      this.#hearing.catch(() => undefined); // whoever waits next gets it
    }));
  }

  async #hear(batch: readonly { readonly case: Case; readonly verdict: Verdict }[]): Promise<void> {
    const verdicts = await this.#court.judge(batch.map((b) => b.case));
    batch.forEach((b, i) => b.verdict(verdicts[i]!));
  }
}
