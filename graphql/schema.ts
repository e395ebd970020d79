import { isObjectType, lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { builder } from './builder.js';
import './scalars.js';
import './types/artifact.js';
import './types/dispute.js';
import './types/governance.js';
import './types/job.js';
import './types/ledger.js';
import './types/lineage.js';
import './types/node.js';
import './types/parties.js';
import './types/status.js';

builder.queryType({ description: 'Everything that can be asked. Every answer speaks of one block, which `extensions.chain` names.' });

/** The schema. */
export const graphqlSchema: GraphQLSchema = builder.toSchema();

// The plugin that adds totalCount lets nobody describe it.
for (const type of Object.values(graphqlSchema.getTypeMap())) {
  const total = isObjectType(type) && type.name.endsWith('Connection') ? type.getFields()['totalCount'] : undefined;
  if (total) total.description = 'How many there are on all pages; counted only when asked.';
}

/** The schema in the form that is committed as `graphql/schema.graphql`. */
export function printedSchema(): string {
  return `${printSchema(lexicographicSortSchema(graphqlSchema))}\n`;
}
