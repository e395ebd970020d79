import type { Journal, Line } from '../src/jobs/index.js';

/** What re-executing a job showed. */
export type Check = 'equal' | 'within' | 'differs';

/** What searching a worker's trace showed. */
export type Finding = 'fault' | 'clean';

/** What a verifier knows and has said about one job: its lines of the journal, the last of each kind. */
export interface CaseFile {
  readonly check: Check | undefined;
  /** for one trace root: a job has one */
  readonly finding: Finding | undefined;
  /** verdict that was, or was about to be, sent; never another one */
  readonly attested: 'VALID' | 'CHALLENGED' | undefined;
  /** hexadecimal salt and file of the proof that was, or was about to be, committed to */
  readonly proof: { readonly salt: string; readonly file: string } | undefined;
  /** the referee on chain refused the proof: it is never sent again */
  readonly refused: boolean;
}

const NOTHING: CaseFile = { check: undefined, finding: undefined, attested: undefined, proof: undefined, refused: false };

/** Reads and writes case files. Everything is on disk before it is sent, so a restart never contradicts what was said. */
export class CaseFiles {
  readonly #journal: Journal;
  readonly #cases = new Map<bigint, { -readonly [K in keyof CaseFile]: CaseFile[K] }>();

  constructor(journal: Journal) {
    this.#journal = journal;
    for (const line of journal.lines) this.#take(line);
  }

  /** What is known of a job; nothing, for one never seen. */
  get(jobId: bigint): CaseFile {
    return this.#cases.get(jobId) ?? NOTHING;
  }

  async check(jobId: bigint, check: Check): Promise<void> {
    await this.#write({ job: jobId.toString(), check });
  }

  /** @param undecided elements that the referee could say nothing of, for whoever reads the journal */
  async finding(jobId: bigint, finding: Finding, undecided: number): Promise<void> {
    await this.#write({ job: jobId.toString(), finding, ...(undecided > 0 && { undecided }) });
  }

  /**
   * Binds this verifier to a verdict, before it is sent.
   *
   * @throws Error when it was bound to the other one: that must be impossible
   */
  async attest(jobId: bigint, verdict: 'VALID' | 'CHALLENGED'): Promise<void> {
    const said = this.get(jobId).attested;
    if (said === verdict) return;
    if (said !== undefined) throw new Error(`job ${jobId}: attesting ${verdict} would contradict ${said}`);
    await this.#write({ job: jobId.toString(), attested: verdict });
  }

  /** Binds this verifier to a salt and a proof, before they are committed to. */
  async proof(jobId: bigint, salt: string, file: string): Promise<void> {
    await this.#write({ job: jobId.toString(), salt, file });
  }

  /** The referee on chain refused the proof that was committed to. */
  async refused(jobId: bigint): Promise<void> {
    await this.#write({ job: jobId.toString(), refused: true });
  }

  async #write(line: Line): Promise<void> {
    await this.#journal.append(line);
    this.#take(line);
  }

  #take(line: Line): void {
    if (typeof line['job'] !== 'string') return;
    const jobId = BigInt(line['job']);
    const file = this.#cases.get(jobId) ?? { ...NOTHING };
    this.#cases.set(jobId, file);
    const { check, finding, attested, salt, file: path, refused } = line;
    if (check === 'equal' || check === 'within' || check === 'differs') file.check = check;
    if (finding === 'fault' || finding === 'clean') file.finding = finding;
    if (attested === 'VALID' || attested === 'CHALLENGED') file.attested ??= attested;
    if (typeof salt === 'string' && typeof path === 'string') file.proof = { salt, file: path };
    if (refused === true) file.refused = true;
  }
}
