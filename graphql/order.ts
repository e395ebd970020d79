import { builder } from './builder.js';

/**
 * An enum of orders: each name becomes NAME_ASC and NAME_DESC. Ties are broken by primary key, so pages never overlap.
 *
 * @param columns names of the enum and the columns they stand for
 */
export function orderEnum<C extends string>(name: string, columns: Readonly<Record<string, C>>) {
  const directions = [['ASC', 'asc', 'least first'], ['DESC', 'desc', 'greatest first']] as const;
  return builder.enumType(name, {
    description: 'In which order to list.',
    values: Object.fromEntries(
      Object.entries(columns).flatMap(([label, column]) =>
        directions.map(([suffix, direction, words]) => [`${label}_${suffix}`, { value: `${column}:${direction}`, description: `By ${label.toLowerCase().replaceAll('_', ' ')}, ${words}.` }]),
      ),
    ),
  });
}

/** The order that a value of {@link orderEnum} stands for. */
export function orderBy<C extends string>(value: string): Record<C, 'asc' | 'desc'> {
  const [column, direction] = value.split(':');
  return { [column as C]: direction } as Record<C, 'asc' | 'desc'>;
}
