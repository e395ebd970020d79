import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import DrizzlePlugin from '@pothos/plugin-drizzle';
import RelayPlugin from '@pothos/plugin-relay';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { relations } from '../src/db/index.js';
import type { Context } from './context.js';
import { apiError } from './errors.js';
import { LIMITS, rowsOf } from './limits.js';

/** Types that the schema is built on. Nothing is null unless a field says so. */
export interface Types {
  Context: Context;
  DrizzleRelations: typeof relations;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    BigInt: { Input: bigint; Output: bigint };
    Hex: { Input: Buffer; Output: Uint8Array };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: never; Output: unknown };
  };
}

/** The one schema builder; every file of `types/` adds to it. */
export const builder = new SchemaBuilder<Types>({
  plugins: [ComplexityPlugin, RelayPlugin, DrizzlePlugin],
  defaultFieldNullability: false,
  drizzle: {
    client: (context) => context.db,
    getTableConfig,
    relations,
    maxConnectionSize: LIMITS.pageSize,
    defaultConnectionSize: LIMITS.defaultPageSize,
  },
  relay: {
    // Entities have many rows, one a version: a node is looked up at a height, see node.ts.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    cursorType: 'String',
    edgesFieldOptions: { nullable: false, description: 'The nodes of the page, each with its cursor.' },
    nodeFieldOptions: { nullable: false, description: 'The thing itself.' },
    cursorFieldOptions: { description: 'Where it stands in the order; give it to after or before.' },
    pageInfoFieldOptions: { description: 'Where the page ends.' },
    pageInfoTypeOptions: { description: 'Where a page begins and ends.' },
    hasNextPageFieldOptions: { description: 'Whether more follows.' },
    hasPreviousPageFieldOptions: { description: 'Whether more comes before.' },
    startCursorFieldOptions: { description: 'Cursor of the first.' },
    endCursorFieldOptions: { description: 'Cursor of the last; give it to after for the next page.' },
    firstArgOptions: { description: `How many from the start, at most ${LIMITS.pageSize}; default ${LIMITS.defaultPageSize}.` },
    lastArgOptions: { description: `How many from the end, at most ${LIMITS.pageSize}.` },
    afterArgOptions: { description: 'Only what follows this cursor.' },
    beforeArgOptions: { description: 'Only what comes before this cursor.' },
  },
  complexity: {
    limit: { complexity: LIMITS.complexity, depth: LIMITS.depth, breadth: LIMITS.breadth },
    defaultComplexity: 1,
    defaultListMultiplier: LIMITS.listMultiplier,
    fieldComplexity: rowsOf,
    complexityError: (kind, found) =>
      kind === 'Depth'
        ? apiError('QUERY_TOO_DEEP', `the query nests ${found.depth} levels, at most ${found.maxDepth} are served`, { depth: found.depth, max: found.maxDepth })
        : apiError('QUERY_TOO_COMPLEX', `the query may touch ${kind === 'Complexity' ? found.complexity : found.breadth} fields, at most ${kind === 'Complexity' ? found.maxComplexity : found.maxBreadth} are served; ask for fewer with first`, {
            cost: found.complexity, max: found.maxComplexity,
          }),
  },
});

/** The builder's type, for helpers. */
export type Builder = typeof builder;
