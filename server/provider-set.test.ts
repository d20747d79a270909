import { expect, test } from 'vitest';
import { ProviderTransient } from './providers/contract.ts';
import type { Provider } from './providers/contract.ts';
import { openProvider } from './providers/open-provider.ts';
import { aProviderContext } from './providers/test-context.ts';
import { ProviderSet } from './provider-set.ts';

const HAND = { name: 'hand', driver: 'static' } as const;
const REMEMBERED = {
  ...HAND,
  makes: false,
  options: {},
  status: 'open',
  version: 1,
  createdAt: 0,
} as const;

/** A set that counts what it has open. */
function aSet(): { set: ProviderSet; open: Set<Provider> } {
  const open = new Set<Provider>();
  const set = new ProviderSet(aProviderContext(), async (entry, context) => {
    const provider = await openProvider(entry, context);
    const counted: Provider = {
      ...provider,
      [Symbol.asyncDispose]: async () => {
        open.delete(counted);
        await provider[Symbol.asyncDispose]();
      },
    };
    open.add(counted);
    return counted;
  });
  return { set, open };
}

test('two configurations at once that bring the same provider leave one open', async () => {
  const { set, open } = aSet();
  const first = await set.prepare([HAND], () => '');
  const second = await set.prepare([HAND], () => '');
  set.follow([REMEMBERED]);
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  expect([...open]).toEqual([set.providers.get('hand')]);
  await set[Symbol.asyncDispose]();
  expect(open.size).toBe(0);
});

test('what nobody decided on is closed, whoever opened it', async () => {
  const { set, open } = aSet();
  const first = await set.prepare([HAND], () => '');
  const second = await set.prepare([HAND], () => '');
  await second[Symbol.asyncDispose]();
  expect(open.size).toBe(1);
  await first[Symbol.asyncDispose]();
  expect(open.size).toBe(0);
});

test('a provider that was changed is not opened again by a look that still has it in hand', async () => {
  const { set, open } = aSet();
  set.follow([REMEMBERED]);
  const before = set.providers.get('hand');
  set.follow([{ ...REMEMBERED, options: { changed: true }, version: 2 }]);
  const { signal } = new AbortController();
  await expect(before?.observe(signal)).rejects.toThrow(ProviderTransient);
  expect(open.size).toBe(0);
  await set[Symbol.asyncDispose]();
});
