import { GraphQLError } from 'graphql';
import { AssayError } from '../src/errors.js';

/** Codes in `extensions.code` of our errors. */
export type ErrorCode =
  | 'BAD_USER_INPUT' // an argument that cannot mean anything
  | 'HEIGHT_NOT_INDEXED' // `have` and `want` among the extensions
  | 'NOTHING_INDEXED' // the indexer has not begun
  | 'QUERY_TOO_COMPLEX' // more rows than one request may ask for
  | 'QUERY_TOO_DEEP'
  | 'QUERY_TOO_LARGE' // more text or tokens than one request may have
  | 'INTERNAL'; // our fault; the log knows more

/** An error for the caller. */
export function apiError(code: ErrorCode, message: string, facts: Readonly<Record<string, unknown>> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...facts } });
}

/** Nothing is in the tables yet. */
export function notIndexed(): AssayError {
  return new AssayError('NOTHING_INDEXED', 'the index is empty', { decision: 'retry', hint: 'Start the indexer, or wait for its first block.' });
}

/** What a caller sees of an error: our own with their code, anything else as INTERNAL without its text. */
export function maskError(error: unknown, report: (error: unknown) => void): Error {
  const original = error instanceof GraphQLError ? error.originalError : error;
  const at = error instanceof GraphQLError ? { nodes: error.nodes, source: error.source, positions: error.positions, path: error.path } : {};
  if (original instanceof AssayError) return new GraphQLError(original.message, { ...at, extensions: { code: original.code, hint: original.hint } });
  if (error instanceof GraphQLError && (!original || original instanceof GraphQLError)) {
    return error.extensions['code'] ? error : new GraphQLError(error.message, { ...at, extensions: { ...error.extensions, code: 'BAD_USER_INPUT' } });
  }
  report(original);
  return new GraphQLError('something went wrong here', { ...at, extensions: { code: 'INTERNAL' } });
}
