/** One parameter that differs between two versions. */
export interface ParamChange {
  readonly module: string;
  /** Keys joined by dots; list positions in brackets. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Leaves that differ, in the order of their keys. Lists of another length differ as a whole. */
export function changedPaths(module: string, before: unknown, after: unknown, path = ''): ParamChange[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => changedPaths(module, before[key], after[key], path ? `${path}.${key}` : key));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, i) => changedPaths(module, item, after[i], `${path}[${i}]`));
  }
  return same(before, after) ? [] : [{ module, path, before, after }];
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
