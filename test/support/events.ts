import type { AbciEvent } from '../../src/comet/index.js';

/** A message type of ours, as ts-proto generates it. */
interface Type<T> {
  readonly $type: string;
  fromPartial(partial: Partial<T>): T;
  toJSON(message: T): unknown;
}

/** A typed event as cosmos-sdk 0.55 writes it: attributes sorted, snake case, values JSON text, `msg_index` last. */
export function typedEvent<T>(type: Type<T>, value: Partial<T>, place: { msg_index: string } | { mode: 'EndBlock' } = { msg_index: '0' }): AbciEvent {
  const json = snake(type.toJSON(type.fromPartial(value))) as Record<string, unknown>;
  const attributes = Object.keys(json).sort().map((key) => ({ key, value: JSON.stringify(json[key]) }));
  return { type: type.$type, attributes: [...attributes, ...Object.entries(place).map(([key, v]) => ({ key, value: String(v) }))] };
}

/** A plain event. */
export function plainEvent(type: string, attributes: Readonly<Record<string, string>>): AbciEvent {
  return { type, attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })) };
}

/** Keys in snake case, all the way down. */
export function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snake);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), snake(v)]));
}
