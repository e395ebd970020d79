import { put, type Change } from './changes.js';

type Json = { readonly [key: string]: unknown };

/** New parameters of one of our modules, as its event carries them. */
export function paramsChange(module: string, value: unknown, version: bigint | null, proposalId: bigint | null): Change {
  return put('params', { module, version, value: value as Json, proposalId });
}

/**
 * Parameters of a module of the SDK that a passed proposal set. Our own modules tell theirs by an event, these do not:
 * the executed message is what is known, with its keys spelled as genesis spells them.
 */
export function moduleParams(message: { readonly typeUrl: string; readonly value: unknown }, proposalId: bigint): Change[] {
  const module = /^\/cosmos\.(\w+)\.[\w.]+\.MsgUpdateParams$/.exec(message.typeUrl)?.[1];
  if (!module || typeof message.value !== 'object' || message.value === null) return [];
  const { params, authority: _, ...rest } = message.value as Record<string, unknown>;
  return [paramsChange(module, normalise(params ?? rest), null, proposalId)];
}

/** Keys in snake case, durations as `1.5s`: as the chain's own JSON codec writes them. */
export function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 2 && 'seconds' in value && 'nanos' in value) {
    const fraction = String(value.nanos).padStart(9, '0').replace(/0+$/, '');
    return `${String(value.seconds)}${fraction ? `.${fraction}` : ''}s`;
  }
  return Object.fromEntries(entries.map(([k, v]) => [k.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), normalise(v)]));
}
