import { expect, test } from 'vitest';
import { checkProvider } from '../providers/open-provider.ts';
import { parseConfiguration } from './load-configuration.ts';
import { readLimits } from './provider-limits.ts';

test.each(['process', 'static'])('limits stand beside the options of driver %s', (driver) => {
  const text = `providers:\n  - { name: x, driver: ${driver}, limits: { concurrency: 4, rate: 0.5, burst: 2, failures: 3, pause: 90s } }\n`;
  const [provider] = parseConfiguration({ file: 'poolkeeper.yaml', text, checkProvider }).providers;
  expect(readLimits(provider?.limits)).toEqual({
    concurrency: 4,
    ratePerSecond: 0.5,
    burst: 2,
    failures: 3,
    pauseMs: 90_000,
  });
});

test('what is not said is left to the defaults', () => {
  expect(readLimits(undefined)).toEqual({});
  expect(readLimits({ rate: 5 })).toEqual({ ratePerSecond: 5 });
});
