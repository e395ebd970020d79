import { getArgumentValues, Kind, type DocumentNode, type GraphQLObjectType, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import type { Context } from './context.js';
import { apiError } from './errors.js';

/**
 * The height that a request's `at` arguments ask for, or the newest. All of them must agree: one response speaks of one
 * block, which `extensions.chain` names.
 *
 * @throws GraphQLError BAD_USER_INPUT, HEIGHT_NOT_INDEXED
 */
export function requestedHeight(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  query: GraphQLObjectType,
  variables: Readonly<Record<string, unknown>>,
  index: Context['index'],
): number {
  const heights = new Set<number>();
  const visit = (set: SelectionSetNode, seen: ReadonlySet<string>): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        const fragment = document.definitions.find((d) => d.kind === Kind.FRAGMENT_DEFINITION && d.name.value === name);
        if (fragment?.kind === Kind.FRAGMENT_DEFINITION && !seen.has(name)) visit(fragment.selectionSet, new Set([...seen, name]));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        visit(selection.selectionSet, seen);
      } else {
        const field = query.getFields()[selection.name.value];
        if (!field?.args.some((a) => a.name === 'at')) continue;
        const at: unknown = getArgumentValues(field, selection, variables as { [key: string]: unknown })['at'];
        if (at !== undefined && at !== null) heights.add(Number(at));
      }
    }
  };
  visit(operation.selectionSet, new Set());
  const [height, ...others] = heights;
  if (height === undefined) return index.head;
  if (others.length > 0) throw apiError('BAD_USER_INPUT', `expected one height in a request, found ${[...heights].join(' and ')}; send a request for each`);
  if (height < 0) throw apiError('BAD_USER_INPUT', `expected a height, found ${height}`);
  if (height > index.head) throw apiError('HEIGHT_NOT_INDEXED', `height ${height} is not indexed yet`, { want: height, have: index.head });
  return height;
}
