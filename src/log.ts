import { pino, type Logger } from 'pino';
import { AssayError } from './errors.js';

export type { Logger };

/** Options of {@link createLogger}. */
export interface LogOptions {
  /** Which part speaks, for example `sidecar`. */
  name: string;
  /** `trace`, `debug`, `info`, `warn`, `error` or `silent`. Default: the environment's ASSAY_LOG, else `info`. */
  level?: string;
}

/**
 * A logger that writes one JSON object a line to standard error, past-tense `msg`, snake_case keys.
 * Standard output belongs to results.
 */
export function createLogger(options: LogOptions): Logger {
  return pino(
    {
      name: options.name,
      level: options.level ?? process.env['ASSAY_LOG'] ?? 'info',
      base: { name: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: {
        err: (e: unknown) =>
          e instanceof AssayError
            ? { code: e.code, decision: e.decision, message: e.message, facts: jsonable(e.facts), hint: e.hint, cause: e.cause instanceof Error ? e.cause.message : undefined }
            : pino.stdSerializers.err(e as Error),
      },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

function jsonable(facts: AssayError['facts']): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).map(([k, v]) => [k, typeof v === 'bigint' ? v.toString() : v]));
}
