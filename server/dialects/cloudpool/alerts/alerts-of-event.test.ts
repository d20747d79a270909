import type { EventType, JsonObject } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { alertDocument } from './alert.ts';
import { ALERTING_EVENTS, alertsOfEvent } from './alerts-of-event.ts';

const AT = Date.parse('2026-01-02T03:04:05.678Z');

test.each<[EventType, JsonObject, readonly [string, string, string, JsonObject][]]>([
  ['upkeep.round_ended', { requested: [], requestedCount: 0, terminating: ['m1'], error: null }, []],
  [
    'upkeep.round_ended',
    { requested: ['m1', 'm2'], requestedCount: 2, terminating: [], error: null },
    [['RESIZE', 'INFO', '2 machine(s) were requested from cloud pool', { requestedMachines: ['m1', 'm2'] }]],
  ],
  [
    'upkeep.round_ended',
    { requested: ['m1'], requestedCount: 1, terminating: [], error: 'quota is used up' },
    [
      ['RESIZE', 'INFO', '1 machine(s) were requested from cloud pool', { requestedMachines: ['m1'] }],
      ['RESIZE', 'WARN', 'failed to resize machine pool web: quota is used up', {}],
    ],
  ],
  [
    'upkeep.look_failed',
    { error: 'nobody answers' },
    [['POOL_FETCH', 'WARN', 'machine pool refresh failed', {}]],
  ],
  [
    'resource.attached',
    { externalId: 'm1' },
    [['RESIZE', 'INFO', 'Attached machine m1 to pool.', { attachedMachines: ['m1'] }]],
  ],
  [
    'resource.detached',
    { externalId: 'm1' },
    [['RESIZE', 'INFO', 'Detached machine m1 from pool.', { detachedMachines: ['m1'] }]],
  ],
  [
    'resource.marked',
    { serviceState: 'IN_SERVICE' },
    [['SERVICE_STATE', 'DEBUG', 'Service state set to IN_SERVICE for machine m1.', {}]],
  ],
  [
    'resource.marked',
    { membership: { active: true, evictable: false } },
    [
      [
        'MEMBERSHIP_STATUS',
        'DEBUG',
        'Membership status set to {"active":true,"evictable":false} for machine m1.',
        {},
      ],
    ],
  ],
  [
    'job.answered',
    { kind: 'destroy', result: 'done' },
    [['RESIZE', 'INFO', 'Terminated machine m1.', { terminatedMachines: ['m1'] }]],
  ],
  ['job.answered', { kind: 'destroy', result: 'failed', reason: 'transient', error: 'no' }, []],
  ['job.answered', { kind: 'mark', result: 'done' }, []],
  ['job.failed', { kind: 'destroy', error: 'no' }, []],
  ['resource.gone', { externalId: 'm1' }, []],
])('%s %j', (type, data, expected) => {
  expect(ALERTING_EVENTS.has(type)).toBe(true);
  const alerts = alertsOfEvent({ event: { type, at: AT, data }, pool: 'web', machine: 'm1' });
  expect(
    alerts.map(({ topic, severity, message, metadata }) => [topic, severity, message, metadata]),
  ).toEqual(expected);
  for (const alert of alerts) {
    const showsMembers = 'requestedMachines' in alert.metadata || 'terminatedMachines' in alert.metadata;
    expect(alert.showsMembers).toBe(showsMembers);
  }
});

test('the document has what clients read, and details only where there are some', () => {
  const data = { error: 'nobody answers' };
  const [alert] = alertsOfEvent({
    event: { type: 'upkeep.look_failed', at: AT, data },
    pool: 'web',
    machine: null,
  });
  const standard = { cloudPoolName: 'web', jvmId: '7@host' };
  expect(alert && alertDocument(alert, standard)).toEqual({
    topic: 'POOL_FETCH',
    severity: 'WARN',
    timestamp: '2026-01-02T03:04:05.678Z',
    message: 'machine pool refresh failed',
    details: 'machine pool refresh failed: nobody answers',
    metadata: standard,
  });
});
