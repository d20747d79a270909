import { expect, test } from 'vitest';
import { Chance } from '../chance.ts';
import { aLease, RunWriter } from '../kill/checks/test-run.ts';
import { drawFaults, FAULTS } from './faults.ts';
import { longestSilence } from './grants.ts';
import { PULSE_CLIENT } from './pulse.ts';

test('a seed draws one row of faults, with every kind before any comes again', () => {
  const kinds = Object.keys(FAULTS);
  const drawn = drawFaults(new Chance(7, 'plan'), kinds.length * 2);
  expect(drawn).toEqual(drawFaults(new Chance(7, 'plan'), kinds.length * 2));
  expect(drawn).not.toEqual(drawFaults(new Chance(8, 'plan'), kinds.length * 2));
  expect(drawn.slice(0, kinds.length).toSorted()).toEqual(kinds.toSorted());
  expect(drawn.slice(kinds.length).toSorted()).toEqual(kinds.toSorted());
});

test('the longest time without a grant counts from the fault, and to the end where none comes', () => {
  const run = new RunWriter();
  const grant = (receivedAt: number): void => {
    run.see('acquire', aLease({}), { client: PULSE_CLIENT, receivedAt });
  };
  for (const at of [900, 1_010, 1_400, 1_450]) grant(at);
  // Neither of these is a grant.
  run.see('acquire', aLease({ status: 'queued' }), { client: PULSE_CLIENT, receivedAt: 1_200 });
  run.see('acquire', null, { client: PULSE_CLIENT, receivedAt: 1_250, status: 503 });
  expect(longestSilence(run, 1_000, 1_500)).toBe(390);
  expect(longestSilence(run, 1_000, 2_000)).toBe(550);
  expect(longestSilence(run, 2_000, 2_100)).toBe(100);
});
