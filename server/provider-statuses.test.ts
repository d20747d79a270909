import { expect, test } from 'vitest';
import { joinStatuses } from './provider-statuses.ts';
import { aProviderStatus } from './testing/a-provider-status.ts';

const SWEEP = { sweeps: 1, failuresTotal: 0, failures: 0, lastSweepAt: 7, observed: 3, lastError: null };

test('providers are shown with their looks, and those that were removed not at all', () => {
  const [cloud, hand, removed] = ['cloud', 'hand', 'removed'].map((provider) => {
    const { looks: _looks, ...lane } = aProviderStatus({ provider });
    return lane as never;
  });
  const providers = new Map([
    ['cloud', {}],
    ['hand', {}],
  ]);
  const sweep = { ...SWEEP, provider: 'cloud' };
  expect(joinStatuses(providers, [removed, cloud, hand] as never, [sweep])).toMatchObject([
    { provider: 'cloud', looks: { observed: 3 } },
    { provider: 'hand', looks: null },
  ]);
});
