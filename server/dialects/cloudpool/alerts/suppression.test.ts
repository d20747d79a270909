import { expect, test } from 'vitest';
import type { Alert } from './alert.ts';
import { REMEMBERED_MAX, Suppression } from './suppression.ts';

const HOUR_MS = 3_600_000;

function anAlert(more: Partial<Alert> = {}): Alert {
  const alert = { topic: 'RESIZE', severity: 'INFO', at: 0, message: 'm', metadata: {} } as const;
  return { ...alert, showsMembers: false, ...more };
}

test('an equal alert is sent again once the time is over, counted from when it was sent', () => {
  const suppression = new Suppression(2 * HOUR_MS);
  const sent = [0, 1, HOUR_MS, 2 * HOUR_MS - 1, 2 * HOUR_MS, 3 * HOUR_MS, 4 * HOUR_MS].filter((now) =>
    suppression.admit(anAlert({ at: now, severity: now === 1 ? 'WARN' : 'INFO' }), now),
  );
  expect(sent).toEqual([0, 2 * HOUR_MS, 4 * HOUR_MS]);
});

test('alerts of another topic, message or metadata are others, and the order of members is nothing', () => {
  const suppression = new Suppression(HOUR_MS);
  const alerts = [
    anAlert(),
    anAlert({ topic: 'POOL_FETCH' }),
    anAlert({ message: 'n' }),
    anAlert({ metadata: { a: 1, b: 2 } }),
    anAlert({ metadata: { b: 2, a: 1 } }),
  ];
  expect(alerts.map((alert) => suppression.admit(alert, 0))).toEqual([true, true, true, true, false]);
});

test('what is remembered has a bound: the oldest is forgotten', () => {
  const suppression = new Suppression(HOUR_MS);
  for (let n = 0; n <= REMEMBERED_MAX; n += 1) suppression.admit(anAlert({ message: `${n}` }), 0);
  expect(suppression.admit(anAlert({ message: `${REMEMBERED_MAX}` }), 1)).toBe(false);
  expect(suppression.admit(anAlert({ message: '0' }), 1)).toBe(true);
});
