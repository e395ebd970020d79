import { Kind, valueFromASTUntyped } from 'graphql';
import { builder } from './builder.js';
import { apiError } from './errors.js';

builder.scalarType('BigInt', {
  description: 'An integer of any size, written as a decimal string. Input may also be a number.',
  serialize: (value) => String(value),
  parseValue: toBigInt,
  parseLiteral: (node) => toBigInt(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : undefined),
});

builder.scalarType('Hex', {
  description: 'Bytes as hexadecimal digits without prefix, lower case. Input may be of either case and start with 0x.',
  serialize: (value) => Buffer.from(value).toString('hex'),
  parseValue: toBytes,
  parseLiteral: (node) => toBytes(valueFromASTUntyped(node)),
});

builder.scalarType('DateTime', {
  description: 'A moment in UTC, ISO 8601.',
  serialize: (value) => value.toISOString(),
  parseValue: toDate,
  parseLiteral: (node) => toDate(valueFromASTUntyped(node)),
});

builder.scalarType('JSON', {
  description: 'Any JSON value. Output only.',
  serialize: (value) => value,
  parseValue: () => {
    throw apiError('BAD_USER_INPUT', 'JSON is output only');
  },
});

function toBigInt(value: unknown): bigint {
  const written = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof written !== 'string' || !/^-?\d{1,78}$/.test(written)) throw apiError('BAD_USER_INPUT', `expected an integer, found ${JSON.stringify(value)}`);
  return BigInt(written);
}

function toBytes(value: unknown): Buffer {
  const digits = typeof value === 'string' ? value.replace(/^0x/, '') : '';
  if (!/^(?:[0-9a-fA-F]{2}){1,64}$/.test(digits)) throw apiError('BAD_USER_INPUT', `expected hexadecimal bytes, found ${JSON.stringify(value)}`);
  return Buffer.from(digits, 'hex');
}

function toDate(value: unknown): Date {
  const date = typeof value === 'string' ? new Date(value) : new Date(NaN);
  if (Number.isNaN(date.getTime())) throw apiError('BAD_USER_INPUT', `expected an ISO 8601 time, found ${JSON.stringify(value)}`);
  return date;
}
