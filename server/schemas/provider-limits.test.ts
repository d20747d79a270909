import { expect, test } from 'vitest';
import { checkProvider } from '../providers/open-provider.ts';
import { parseConfigurationText } from '@poolkeeper/config-file';
import { checkConfiguration } from '../config/load-configuration.ts';
import type { LimitsEntry } from './provider-limits.ts';
import { readLimits } from './provider-limits.ts';

test.each(['process', 'static'])('limits stand beside the options of driver %s', (driver) => {
  const text = `providers:\n  - { name: x, driver: ${driver}, limits: { concurrency: 4, rate: 0.5, burst: 2, failures: 3, pause: 90s } }\n`;
  const read = parseConfigurationText([{ file: 'poolkeeper.yaml', text }], {});
  const [provider] = checkConfiguration(read, checkProvider).providers;
  expect(readLimits(provider?.['limits'] as LimitsEntry)).toEqual({
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
