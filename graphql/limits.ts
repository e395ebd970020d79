import type { GraphQLField } from 'graphql';

/** What one request may cost. */
export const LIMITS = {
  /** Most nodes of one page. */
  pageSize: 100,
  /** Nodes of a page when the caller does not say. */
  defaultPageSize: 20,
  /** Fields that a request may touch, counted by how many rows its pages can hold. */
  complexity: 50_000,
  depth: 16,
  /** Fields that a request may write. */
  breadth: 500,
  /** Rows that a plain list is reckoned as: duties, inputs and votes of one thing are few. */
  listMultiplier: 10,
  /** Bytes of a request's body. */
  bodyBytes: 64 * 1024,
  /** Tokens of a document. */
  tokens: 4_000,
} as const;

/** Cost follows cardinality: a page counts as often as it may hold nodes; its wrapper fields count once. */
export function rowsOf(args: Readonly<Record<string, unknown>>, _context: object, field: GraphQLField<unknown, never>): { field: number; multiplier: number } | number {
  if (field.args.some((arg) => arg.name === 'first')) {
    const asked = args['first'] ?? args['last'] ?? LIMITS.defaultPageSize;
    return { field: 1, multiplier: Math.min(Math.max(Number(asked), 1), LIMITS.pageSize) };
  }
  if (field.name === 'edges') return { field: 1, multiplier: 1 };
  const list = String(field.type).startsWith('[');
  return { field: 1, multiplier: list ? LIMITS.listMultiplier : 1 };
}
