import { apiError } from './errors.js';

/** Types that `node` finds. */
export const NODE_TYPES = ['Job', 'Artifact', 'Dispute', 'Proposal', 'Worker', 'Verifier', 'Block', 'Transaction'] as const;
export type NodeType = (typeof NODE_TYPES)[number];

/** An opaque id that is unique among all types. */
export function globalId(type: NodeType, key: string | bigint | number): string {
  return Buffer.from(`${type}:${key}`).toString('base64url');
}

/** What an id names. @throws GraphQLError BAD_USER_INPUT */
export function parseGlobalId(id: string): { type: NodeType; key: string } {
  const match = /^(\w+):(.+)$/.exec(Buffer.from(id, 'base64url').toString('utf8'));
  const type = NODE_TYPES.find((t) => t === match?.[1]);
  if (!type || !match?.[2]) throw apiError('BAD_USER_INPUT', `expected an id that this API gave, found ${JSON.stringify(id)}`);
  return { type, key: match[2] };
}

/** A whole number in a key. @throws GraphQLError BAD_USER_INPUT */
export function wholeNumber(key: string): bigint {
  if (!/^\d{1,18}$/.test(key)) throw apiError('BAD_USER_INPUT', `expected a number in the id, found ${JSON.stringify(key)}`);
  return BigInt(key);
}
