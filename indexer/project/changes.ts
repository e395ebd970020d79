import type { EntityName, EntityRow, FactName, FactRow, Row } from '../store/entities.js';

/**
 * What a block does to the tables. `put` replaces a whole entity, as our events carry whole records; `edit` changes one
 * that an event names by id alone; `end` closes one; `endAll` closes all that match. Facts only add.
 */
export type Change =
  | { readonly op: 'put'; readonly entity: EntityName; readonly row: Row }
  | { readonly op: 'edit'; readonly entity: EntityName; readonly key: Row; readonly edit: (row: Row) => Row; readonly then: (row: Row) => readonly Change[] }
  | { readonly op: 'end'; readonly entity: EntityName; readonly key: Row }
  | { readonly op: 'endAll'; readonly entity: EntityName; readonly where: Row }
  | { readonly op: 'fact'; readonly table: FactName; readonly row: Row };

/** The whole new version of an entity. */
export function put<E extends EntityName>(entity: E, row: EntityRow<E>): Change {
  return { op: 'put', entity, row };
}

/** A change of some columns of an entity that exists; nothing happens when it does not. `then` sees the changed row. */
export function edit<E extends EntityName>(
  entity: E,
  key: Partial<EntityRow<E>>,
  columns: Partial<EntityRow<E>>,
  then: (row: EntityRow<E>) => readonly Change[] = () => [],
): Change {
  return { op: 'edit', entity, key, edit: (row) => ({ ...row, ...columns }), then: (row) => then(row as EntityRow<E>) };
}

/** The end of an entity. */
export function end<E extends EntityName>(entity: E, key: Partial<EntityRow<E>>): Change {
  return { op: 'end', entity, key };
}

/** The end of all entities with these columns. */
export function endAll<E extends EntityName>(entity: E, where: Partial<EntityRow<E>>): Change {
  return { op: 'endAll', entity, where };
}

/** A row that is added once. */
export function fact<F extends FactName>(table: F, row: FactRow<F>): Change {
  return { op: 'fact', table, row };
}
