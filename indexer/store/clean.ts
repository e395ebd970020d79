// A chain may hold any bytes as text; Postgres refuses NUL in text and unpaired surrogates in JSON. A row that cannot be
// written would stall the index, so such characters become U+FFFD. The archive keeps what was said.

const UNSTORABLE = /\u0000|\p{Surrogate}/gu;

/** A value that Postgres can hold as text or JSON. Bytes, dates and numbers pass as they are. */
export function clean(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(UNSTORABLE, '\ufffd');
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [clean(k), clean(v)]));
}
