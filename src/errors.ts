/**
 * What the caller should do about an error. The class of a decision, not of a message:
 * - `retry`: the same call may succeed later (a socket closed, a node is behind);
 * - `user`: somebody must change an input, a flag or a file;
 * - `peer`: another party sent something wrong; it proves nothing about anybody's work;
 * - `bug`: an invariant of this program broke.
 */
export type Decision = 'retry' | 'user' | 'peer' | 'bug';

/** Facts of an error, for logs and for machines: what was expected, what was found. */
export type Facts = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

/** Options of an {@link AssayError}. */
export interface AssayErrorOptions {
  /** What the caller should do. Default `user`. */
  decision?: Decision;
  /** What was expected and found. */
  facts?: Facts;
  /** What to do about it, one sentence. */
  hint?: string;
  /** The error that led to this one. */
  cause?: unknown;
}

/** An error with a stable code. `message` says what was expected and found; `hint` says what to do. */
export class AssayError extends Error {
  readonly code: string;
  readonly decision: Decision;
  readonly facts: Facts;
  readonly hint: string | undefined;

  /**
   * @param code upper-case words joined by underscores, stable across versions, for example `DIGEST_MISMATCH`
   * @param message one short sentence
   */
  constructor(code: string, message: string, options: AssayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AssayError';
    this.code = code;
    this.decision = options.decision ?? 'user';
    this.facts = options.facts ?? {};
    this.hint = options.hint;
  }
}

/** Whether `error`, or an error that caused it, is an {@link AssayError} with this code. */
export function hasCode(error: unknown, code: string): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if (e instanceof AssayError && e.code === code) return true;
  }
  return false;
}

/** Whether the same call may succeed later. Unknown errors may not. */
export function isRetryable(error: unknown): boolean {
  return error instanceof AssayError && error.decision === 'retry';
}

/** One line for a terminal: `CODE: message (fact=value, …). Hint.` Causes follow after `; because `. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const facts = error instanceof AssayError
    ? Object.entries(error.facts).filter(([, v]) => v !== undefined).map(([k, v]) => `${k}=${String(v)}`).join(', ')
    : '';
  const head = error instanceof AssayError ? `${error.code}: ${error.message}` : error.message;
  const hint = error instanceof AssayError && error.hint ? ` ${error.hint}` : '';
  const cause = error.cause instanceof Error ? `; because ${describe(error.cause)}` : '';
  return `${head}${facts ? ` (${facts})` : ''}.${hint}${cause}`.replace(/\.\./g, '.');
}
