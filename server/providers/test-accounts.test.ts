import { expect, test } from 'vitest';
import { systemClock, systemTimers } from '../system-clock.ts';
import { accountContract } from './contract-suite.ts';
import { ACCOUNT_CHECKS } from './contract-checks/account-checks.ts';
import type { AccountPlace } from './contract-checks/account-place.ts';
import { AccountSubject } from './contract-checks/account-subject.ts';
import { RuleBroken, holdCheck } from './contract-checks/check.ts';
import { ProviderRefused, ProviderTransient } from './contract.ts';
import type { Accounts } from './contract.ts';
import { TestAccountService, aTestAccountProvider, createTestAccounts } from './test-accounts.ts';

function aPlace(
  spoil: (good: Accounts, service: TestAccountService) => Partial<Accounts> = () => ({}),
): AccountPlace {
  let count = 0;
  const service = new TestAccountService(() => `made-up-secret-${(count += 1).toString().padStart(8, '0')}`);
  const good = createTestAccounts(service);
  return {
    open: () => Promise.resolve(aTestAccountProvider({ ...good, ...spoil(good, service) })),
    params: {},
    credentials: { management: { token: service.token }, current: service.makeKey() },
    plant: () =>
      Promise.resolve(
        ['vm-1', 'vm-2'].map((id) => service.leave({ kind: 'machine', id, name: `${id}-name` })),
      ),
    setAway: (isAway) => {
      service.isAway = isAway;
      return Promise.resolve();
    },
    countKeys: () => Promise.resolve(service.keys.size),
    works: (credential) => Promise.resolve(service.opens(credential)),
  };
}

accountContract('a vendor in memory', () =>
  Promise.resolve({ ...aPlace(), cleanUp: () => Promise.resolve() }),
);

/** Providers that break a rule: the checks are worth what they find. */
const BROKEN: readonly [
  string,
  (good: Accounts, service: TestAccountService) => Partial<Accounts>,
  string,
][] = [
  ['verifies whatever it is given', () => ({ verify: () => Promise.resolve({}) }), 'Rule 7'],
  ['shows the token', (_, { token }) => ({ verify: () => Promise.resolve({ token }) }), 'Rule 7'],
  [
    'refuses when nobody knows',
    (good, service) => ({
      verify: (...call) =>
        service.isAway ? Promise.reject(new ProviderRefused('no answer')) : good.verify(...call),
    }),
    'Rule 7',
  ],
  [
    'knows nothing of what is no good',
    (good) => ({
      verify: (...call) =>
        good.verify(...call).catch((error: unknown) => {
          throw new ProviderTransient('try again', { cause: error });
        }),
    }),
    'Rule 7',
  ],
  ['cleans nothing', () => ({ clean: () => Promise.resolve({}) }), 'Rule 8'],
  ['says that nothing is left', () => ({ leftovers: () => Promise.resolve([]) }), 'Rule 8'],
  [
    'deletes nothing',
    (_, service) => ({
      rotate: async ({ keep }) => {
        const made = service.makeKey();
        await keep('pending', made);
        await keep('current', made);
        return {};
      },
    }),
    'Rule 9',
  ],
  [
    'deletes before anything is remembered',
    (_, service) => ({
      rotate: async ({ keep }) => {
        service.keys.clear();
        const made = service.makeKey();
        await keep('pending', made);
        await keep('current', made);
        return {};
      },
    }),
    'Rule 9',
  ],
  [
    'forgets what an earlier attempt made',
    (_, service) => ({
      rotate: async ({ keep, credentials }) => {
        const made = service.makeKey();
        await keep('pending', made);
        await keep('current', made);
        service.keys.delete(credentials.current?.['id'] ?? '');
        return {};
      },
    }),
    'Rule 9',
  ],
];

test.each(BROKEN)('a provider that %s is found out', async (_what, spoil, rule) => {
  const rules: string[] = [];
  for (const check of ACCOUNT_CHECKS) {
    const parts = { clock: systemClock, timers: systemTimers, stop: new AbortController().signal };
    await using subject = await AccountSubject.open(aPlace(spoil), parts);
    const error = await holdCheck(check, subject).catch((thrown: unknown) => thrown);
    if (error !== undefined) expect(error).toBeInstanceOf(RuleBroken);
    if (error instanceof RuleBroken) rules.push(error.message);
  }
  expect(
    rules.some((message) => message.startsWith(rule)),
    rules.join('\n'),
  ).toBe(true);
});
