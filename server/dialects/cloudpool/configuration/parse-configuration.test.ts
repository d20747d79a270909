import type { Json, JsonObject } from '@poolkeeper/core';
import { describe, expect, test } from 'vitest';
import { ConfigurationFault } from './configuration-fault.ts';
import { parseConfiguration } from './parse-configuration.ts';

const LEAST = { name: 'web', cloudApiSettings: { url: 'http://127.0.0.1:1/' }, provisioningTemplate: {} };

/** A configuration that can be accepted, with other members. */
function withMembers(more: JsonObject): JsonObject {
  return { ...LEAST, ...more };
}

function withFetch(more: JsonObject): JsonObject {
  const retries = { maxRetries: 1, initialBackoffDelay: { time: 1, unit: 'seconds' } };
  const refreshInterval = { time: 30, unit: 'seconds' };
  const reachabilityTimeout = { time: 5, unit: 'minutes' };
  return withMembers({ poolFetch: { retries, refreshInterval, reachabilityTimeout, ...more } });
}

function withUpdate(updateInterval: Json): JsonObject {
  return withMembers({ poolUpdate: { updateInterval } });
}

function messageOf(body: Json): string {
  try {
    parseConfiguration(body);
  } catch (error) {
    if (error instanceof ConfigurationFault) return error.message;
    throw error;
  }
  return 'accepted';
}

test('the least that can be configured has every default', () => {
  expect(parseConfiguration(LEAST)).toEqual({
    echo: LEAST,
    name: 'web',
    cloudApiSettings: LEAST.cloudApiSettings,
    provisioningTemplate: {},
    victims: 'newest',
    rounds: { fetchMs: 30_000, retries: 3, backoffMs: 3_000, reachableMs: 300_000, updateMs: 60_000 },
    alerts: null,
  });
});

test('a section that is given counts as it says, its own members left out too', () => {
  const body = {
    ...withFetch({ retries: { initialBackoffDelay: { time: 0, unit: 'seconds' } } }),
    scaleInConfig: { victimSelectionPolicy: 'OLDEST', instanceHourMargin: 300 },
    poolUpdate: { updateInterval: { time: 2, unit: 'minutes' } },
  };
  const { rounds, victims } = parseConfiguration(body);
  expect(victims).toBe('oldest');
  expect(rounds).toEqual({
    fetchMs: 30_000,
    retries: 0,
    backoffMs: 0,
    reachableMs: 300_000,
    updateMs: 120_000,
  });
});

test.each([
  [{ time: 1, unit: 'nanoseconds' }, 1],
  [{ time: 1_000_001, unit: 'NANOSECONDS' }, 2],
  [{ time: 3_000_000, unit: 'nanoseconds' }, 3],
  [{ time: 1, unit: 'microseconds' }, 1],
  [{ time: 250, unit: 'milliseconds' }, 250],
  [{ time: 60, unit: 'Seconds' }, 60_000],
  [{ time: 5, unit: 'minutes' }, 300_000],
  [{ time: 2, unit: 'hours' }, 7_200_000],
  [{ time: 365, unit: 'days' }, 365 * 86_400_000],
  [{ time: '7', unit: 'seconds' }, 7_000],
])('the interval %j lasts %i ms', (interval, durationMs) => {
  const poolFetch = {
    retries: { initialBackoffDelay: interval },
    refreshInterval: { time: 1, unit: 'seconds' },
    reachabilityTimeout: { time: 5, unit: 'seconds' },
  };
  expect(parseConfiguration({ ...withUpdate(interval), poolFetch }).rounds.backoffMs).toBe(durationMs);
});

test('a loop comes round no sooner than the cloud and the events bear, and is shown as it was given', () => {
  const interval = { time: 1, unit: 'nanoseconds' };
  const poolFetch = {
    retries: { initialBackoffDelay: interval },
    refreshInterval: interval,
    reachabilityTimeout: { time: 5, unit: 'seconds' },
  };
  const { rounds, echo } = parseConfiguration({ ...withUpdate(interval), poolFetch });
  expect(rounds).toMatchObject({ fetchMs: 100, updateMs: 100 });
  expect(echo).toMatchObject({ poolUpdate: { updateInterval: interval }, poolFetch });
});

describe('what is refused, with its path and the reason', () => {
  const INTERVAL = { time: 1, unit: 'seconds' };
  test.each<[Json, string]>([
    [withMembers({ name: null }), 'missing name'],
    [withMembers({ name: '' }), 'name: must not be empty'],
    [withMembers({ name: 'x'.repeat(256) }), 'name: may have 255 characters'],
    [withMembers({ name: 'a\nb' }), 'name: may have no control characters'],
    [{ name: 'web', provisioningTemplate: {} }, 'missing cloudApiSettings'],
    [{ name: 'web', cloudApiSettings: {} }, 'missing provisioningTemplate'],
    [withMembers({ scaleInConfig: {} }), 'scaleInConfig: missing victimSelectionPolicy'],
    [
      withMembers({ scaleInConfig: { victimSelectionPolicy: 'newest' } }),
      "scaleInConfig: missing victimSelectionPolicy: it is NEWEST or OLDEST (which 'newest' is not)",
    ],
    [withMembers({ poolFetch: {} }), 'poolFetch: missing retries'],
    [withFetch({ refreshInterval: null }), 'poolFetch: missing refreshInterval'],
    [withFetch({ reachabilityTimeout: null }), 'poolFetch: missing reachabilityTimeout'],
    [withFetch({ retries: { maxRetries: 1 } }), 'poolFetch: retries: missing initialBackoffDelay'],
    [
      withFetch({ retries: { maxRetries: -1, initialBackoffDelay: INTERVAL } }),
      'poolFetch: retries: maxRetries must be from 0 to 20',
    ],
    [
      withFetch({ retries: { maxRetries: 20, initialBackoffDelay: INTERVAL } }),
      'poolFetch: retries: initialBackoffDelay doubles with each retry to more than 24 hours',
    ],
    [
      withFetch({ refreshInterval: { time: 0, unit: 'seconds' } }),
      'poolFetch: refreshInterval must be greater than zero',
    ],
    [
      withFetch({ reachabilityTimeout: { time: 30, unit: 'seconds' } }),
      'poolFetch: reachabilityTimeout cannot be shorter than refreshInterval',
    ],
    [
      withFetch({
        refreshInterval: { time: 1, unit: 'milliseconds' },
        reachabilityTimeout: { time: 999, unit: 'milliseconds' },
      }),
      'poolFetch: reachabilityTimeout must be at least 1 second',
    ],
    [withMembers({ poolUpdate: {} }), 'poolUpdate: updateInterval missing'],
    [withUpdate({ time: 0, unit: 'days' }), 'poolUpdate: updateInterval must be greater than zero'],
    [withUpdate({ unit: 'days' }), 'poolUpdate: updateInterval: no time set'],
    [withUpdate({ time: 1 }), 'poolUpdate: updateInterval: no unit set'],
    [
      withUpdate({ time: -1, unit: 'days' }),
      'poolUpdate: updateInterval: time interval must be non-negative',
    ],
    [
      withUpdate({ time: 366, unit: 'days' }),
      'poolUpdate: updateInterval: time interval must be at most 365 days',
    ],
    [
      withUpdate({ time: 1, unit: 'fortnights' }),
      'poolUpdate: updateInterval: No enum constant TimeUnit.FORTNIGHTS',
    ],
    [
      withMembers({ cloudApiSettings: { text: 'x'.repeat(70_000) } }),
      'cloudApiSettings: may have 65536 bytes as JSON',
    ],
  ])('%j: %s', (body, reason) => {
    const message = messageOf(body);
    expect(message).toContain(`failed to validate cloudpool configuration: `);
    expect(message).toContain(reason);
  });

  test('too deep an object', () => {
    let deep: Json = {};
    for (let level = 0; level < 100_000; level += 1) deep = { deep };
    expect(messageOf(withMembers({ provisioningTemplate: deep }))).toContain('may be nested 16 deep');
  });

  test.each<[Json, string]>([
    [null, 'expected a JSON object and got null'],
    [[], 'expected a JSON object and got a list'],
    ['web', 'expected a JSON object and got text'],
    [withMembers({ name: {} }), 'name: expected text and got an object'],
    [withMembers({ cloudApiSettings: 'key' }), 'cloudApiSettings: expected an object and got text'],
    [withMembers({ provisioningTemplate: [] }), 'provisioningTemplate: expected an object and got a list'],
    [withMembers({ poolUpdate: 60 }), 'poolUpdate: expected an object and got a number'],
    [
      withUpdate({ time: 1.5, unit: 'days' }),
      'poolUpdate: updateInterval: time: expected a whole number and got a number',
    ],
    [withMembers({ alerts: { http: {} } }), 'alerter: http: expected a list and got an object'],
  ])('of another type, which clients know by "cloud pool": %j', (body, reason) => {
    expect(messageOf(body)).toBe(`failed to validate cloud pool configuration: ${reason}`);
  });

  test('all of it at once, however much there is', () => {
    expect(messageOf({ poolUpdate: {}, scaleInConfig: {} })).toBe(
      'failed to validate cloudpool configuration: missing name; missing cloudApiSettings; missing provisioningTemplate; ' +
        'scaleInConfig: missing victimSelectionPolicy: it is NEWEST or OLDEST; poolUpdate: updateInterval missing',
    );
    const http = Array.from({ length: 20 }, () => ({ destinationUrls: ['nowhere', 'ftp://x/', 'http:'] }));
    expect(messageOf(withMembers({ alerts: { http } }))).toMatch(/; and 10 more$/);
  });
});

describe('the echo', () => {
  test('has known members alone, units as they were given, and no defaults', () => {
    const body = {
      ...withFetch({ refreshInterval: { time: 30, unit: 'SECONDS' }, pace: 'fast' }),
      liveness: { loginUser: 'ubuntu' },
      scaleInConfig: { victimSelectionPolicy: 'NEWEST', instanceHourMargin: 5 },
    };
    const { echo } = parseConfiguration(body);
    expect(echo).toEqual({
      ...withFetch({ refreshInterval: { time: 30, unit: 'SECONDS' } }),
      scaleInConfig: { victimSelectionPolicy: 'NEWEST' },
    });
    expect(parseConfiguration(echo).echo).toEqual(echo);
  });

  test('has scalars as the type that they are read as', () => {
    const interval = { time: '60', unit: 'minutes' };
    const { echo, name } = parseConfiguration({ ...withUpdate(interval), name: 7 });
    expect([name, echo]).toEqual(['7', { ...withUpdate({ time: 60, unit: 'minutes' }), name: '7' }]);
  });

  test("keeps all of a driver's own, but members of objects that are null", () => {
    const given = JSON.parse(
      '{"a": null, "b": [null, {"c": null, "d": 1}], "e": {"f": null}, "__proto__": {"g": null}, "h": 1.5}',
    ) as JsonObject;
    const { echo, cloudApiSettings } = parseConfiguration(withMembers({ cloudApiSettings: given }));
    const kept = '{"b":[null,{"d":1}],"e":{},"__proto__":{},"h":1.5}';
    expect(JSON.stringify(echo['cloudApiSettings'])).toBe(kept);
    expect(JSON.stringify(cloudApiSettings)).toBe(kept);
  });

  test('holds the credentials of alerts, as clients read, change and write it', () => {
    const smtpClientConfig = { smtpHost: 'mail', authentication: { userName: 'u', password: 'p' } };
    const smtp = [{ subject: 's', recipients: ['a@b.c'], sender: 'd@e.f', smtpClientConfig }];
    const http = [
      {
        destinationUrls: ['https://h/'],
        severityFilter: 'WARN|ERROR',
        auth: { basicCredentials: { username: 'u', password: 'p' } },
        connectTimeout: 100,
      },
    ];
    const alerts = { smtp, http, duplicateSuppression: { time: 1, unit: 'Hours' } };
    expect(parseConfiguration(withMembers({ alerts })).echo).toEqual(withMembers({ alerts }));
  });
});
