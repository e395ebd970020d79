import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FUNCTIONS, type Certifiable } from './functions.js';
import { hex, Tally } from './tally.js';

const named = (name: string): Certifiable => FUNCTIONS.find((f) => f.name === name)!;
const bits = (...values: number[]): Uint32Array => new Uint32Array(Float32Array.from(values).buffer);
const seen = (f: string, x: Uint32Array, y: Uint32Array): Tally => {
  const tally = new Tally(named(f));
  tally.add(x, y);
  return tally;
};

test('an error is counted in units in the last place of the exact value', () => {
  const three = bits(9)[0]!; // √9 = 3, whose last place is 2⁻²²
  const y = bits(3)[0]! + 5;
  const { worst, counts } = seen('Sqrt', Uint32Array.of(three), Uint32Array.of(y)).state();
  assert.equal(counts.judged, 1);
  assert.ok(Math.abs(worst.ulp!.value - 5) < 1e-5, String(worst.ulp?.value));
  assert.deepEqual([worst.ulp!.x, worst.ulp!.y], [hex(three), hex(y)]);
  assert.ok(Math.abs(worst.absolute!.value / (5 * 2 ** -22) - 1) < 1e-5);
  assert.ok(Math.abs(worst.share!.value / ((5 * 2 ** -22) / (4 * 2 ** -23 * 3 + 2 ** -126)) - 1) < 1e-5);
});

test('a kernel holds just inside its bound and not just outside', () => {
  // √4 = 2: the bound is 4·2⁻²³·2 = four last places of [2, 4).
  for (const [steps, holds] of [[3, true], [5, false]] as const)
    assert.equal(seen('Sqrt', bits(4), Uint32Array.of(bits(2)[0]! + steps)).holds, holds, `${steps} steps`);
});

test('below the floor nothing is in units in the last place, but what exceeds the floor is', () => {
  const tiny = seen('Tanh', Uint32Array.of(5), Uint32Array.of(0)).state(); // tanh x = x = 5·2⁻¹⁴⁹, flushed
  assert.equal(tiny.worst.ulp, undefined);
  assert.equal(tiny.worst.excess, undefined);
  const off = seen('Tanh', Uint32Array.of(5), bits(2 ** -125)).state();
  assert.ok(Math.abs(off.worst.excess!.value - (2 ** 23 - 5)) < 1, String(off.worst.excess?.value));
});

test('special values: what is right', () => {
  const nan = bits(NaN)[0]!;
  assert.equal(seen('Exp', bits(NaN), bits(NaN)).state().counts.nan, 1);
  assert.equal(seen('Exp', bits(NaN), bits(1)).state().counts.nan_lost, 1);
  assert.equal(seen('Exp', bits(89, 1000), bits(Infinity, Infinity)).state().counts.overflows, 2);
  assert.equal(seen('Log', bits(0, -0), bits(-Infinity, -Infinity)).state().counts.poles, 2);
  assert.equal(seen('Log', bits(-1), Uint32Array.of(nan)).state().counts.domain, 1);
  assert.deepEqual(seen('Erf', bits(Infinity, -Infinity), bits(1, -1)).state().infinities, { plus: '3f800000', minus: 'bf800000' });
});

test('special values: what is wrong fails', () => {
  const cases: [string, number, number, string][] = [
    ['Exp', 1, Infinity, 'wrong_infinity'],
    ['Exp', 1000, -Infinity, 'wrong_infinity'],
    ['Exp', 1, NaN, 'wrong_nan'],
    ['Log', 0, -1000, 'wrong_infinity'],
    ['Log', 0, NaN, 'wrong_nan'],
    ['Log', -1, 0, 'wrong_number'],
    ['Sqrt', -1, Infinity, 'wrong_number'],
    ['Reciprocal', -0, Infinity, 'wrong_infinity'],
  ];
  for (const [f, x, y, count] of cases) {
    const tally = seen(f, bits(x), bits(y));
    assert.equal(tally.holds, false, `${f}(${x}) = ${y}`);
    assert.equal(tally.state().counts[count as 'wrong_nan'], 1, `${f}(${x}) = ${y}`);
  }
  assert.equal(seen('Exp', bits(1000), bits(3e38)).holds, false, 'a finite number where e^x overflows');
});

test('a tally goes on from its state as if it had never stopped', () => {
  const x = bits(0.1, 0.7, 3, NaN, Infinity, -5);
  const y = bits(1.1, 2.01, 20.2, NaN, Infinity, 0.0068);
  const whole = seen('Exp', x, y).state();
  const first = seen('Exp', x.subarray(0, 3), y.subarray(0, 3)).state();
  const resumed = new Tally(named('Exp'), JSON.parse(JSON.stringify(first)) as typeof first);
  resumed.add(x.subarray(3), y.subarray(3));
  assert.deepEqual(resumed.state(), whole);
});
