/** What a configuration key holds. */
export interface Key<T> {
  /** One sentence for people: what it does and in which unit. */
  readonly doc: string;
  /** Value where nothing is set; absent: the key is required by whoever needs it (`''` or an empty list mean unset). */
  readonly fallback: T;
  /** Reads text of an environment variable or flag. Throws a plain Error that says what was expected. */
  parse(text: string): T;
  /** Checks a TOML value. Throws a plain Error that says what was expected. */
  check(value: unknown): T;
}

/** Keys by dotted name: `chain.id` is `id` in the table `[chain]`, ASSAY_CHAIN_ID, and `--chain.id`. */
export type Schema = Readonly<Record<string, Key<unknown>>>;

/** The values of a schema's keys. */
export type Values<S extends Schema> = { readonly [Name in keyof S]: S[Name] extends Key<infer T> ? T : never };

/** A text. `pattern` narrows it. */
export function text(fallback: string, doc: string, pattern?: RegExp): Key<string> {
  const check = (value: unknown): string => {
    if (typeof value !== 'string') throw new Error(`a text, found ${typeof value}`);
    if (value !== '' && pattern && !pattern.test(value)) throw new Error(`a text like ${pattern.source}, found "${value}"`);
    return value;
  };
  return { doc, fallback, check, parse: check };
}

/** One of a few words. */
export function choice<const T extends string>(fallback: T, choices: readonly T[], doc: string): Key<T> {
  const check = (value: unknown): T => {
    const found = choices.find((c) => c === value);
    if (found === undefined) throw new Error(`one of ${choices.join(', ')}, found ${JSON.stringify(value)}`);
    return found;
  };
  return { doc: `${doc} One of: ${choices.join(', ')}.`, fallback, check, parse: check };
}

/** A list of texts; in the environment separated by commas. */
export function texts(fallback: readonly string[], doc: string): Key<readonly string[]> {
  return {
    doc,
    fallback,
    parse: (value) => value.split(',').map((x) => x.trim()).filter((x) => x !== ''),
    check(value) {
      if (!Array.isArray(value) || !value.every((x): x is string => typeof x === 'string')) throw new Error('a list of texts');
      return value;
    },
  };
}

/** An integer in a range. */
export function integer(fallback: number, doc: string, range: { min?: number; max?: number } = {}): Key<number> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = range;
  const within = (value: number): number => {
    if (!Number.isSafeInteger(value) || value < min || value > max) throw new Error(`an integer from ${min} to ${max}, found ${value}`);
    return value;
  };
  return {
    doc,
    fallback,
    parse: (value) => {
      if (!/^-?\d+$/.test(value)) throw new Error(`an integer, found "${value}"`);
      return within(Number(value));
    },
    check: (value) => {
      if (typeof value !== 'number' && typeof value !== 'bigint') throw new Error(`an integer, found ${typeof value}`);
      return within(Number(value));
    },
  };
}

/** An amount of the smallest unit: an integer of any size, in TOML an integer or a text of digits. */
export function amount(fallback: bigint, doc: string): Key<bigint> {
  const parse = (value: string): bigint => {
    if (!/^\d{1,38}$/.test(value)) throw new Error(`an amount of digits only, found "${value}"`);
    return BigInt(value);
  };
  return { doc, fallback, parse, check: (value) => parse(typeof value === 'number' || typeof value === 'bigint' ? value.toString() : String(value)) };
}

/** true or false. */
export function flag(fallback: boolean, doc: string): Key<boolean> {
  return {
    doc,
    fallback,
    parse: (value) => {
      if (!['true', 'false', '1', '0'].includes(value)) throw new Error(`true or false, found "${value}"`);
      return value === 'true' || value === '1';
    },
    check: (value) => {
      if (typeof value !== 'boolean') throw new Error(`true or false, found ${JSON.stringify(value)}`);
      return value;
    },
  };
}
