import type { ProviderEntry } from '@poolkeeper/core';
import type { Store } from '../store/contract.ts';

/** `hand` registers what is there, `maker` makes. */
const PROVIDERS = [
  { name: 'hand', driver: 'static', makes: false },
  { name: 'maker', driver: 'process', makes: true },
];

/** Writes the providers of tests to a store that is empty otherwise, without an event that would be counted. */
export async function rememberProviders(
  store: Store,
  providers: readonly Pick<ProviderEntry, 'name' | 'driver' | 'makes'>[] = PROVIDERS,
): Promise<void> {
  const term = await store.claim();
  const { meta } = await store.load();
  const upserts = providers.map((spec) => {
    const document = { ...spec, options: {}, status: 'open', version: 1, createdAt: 0 } as const;
    return { kind: 'provider', id: spec.name, document } as const;
  });
  await store.commit({ term, meta, upserts, deletes: [], ended: [], runs: [], records: [], events: [] });
}
