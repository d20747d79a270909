import type { ProviderEntry } from '@poolkeeper/core';
import type { Store } from '../store/contract.ts';

/** `hand` registers what is there, `maker` makes. */
const PROVIDERS: readonly ProviderEntry[] = [
  { name: 'hand', driver: 'static', makes: false },
  { name: 'maker', driver: 'process', makes: true },
].map((spec) => ({ ...spec, options: {}, status: 'open', version: 1, createdAt: 0 }));

/** Writes the providers of tests to a store that is empty otherwise, without an event that would be counted. */
export async function rememberProviders(store: Store): Promise<void> {
  const term = await store.claim();
  const { meta } = await store.load();
  const upserts = PROVIDERS.map((document) => ({ kind: 'provider', id: document.name, document }) as const);
  await store.commit({ term, meta, upserts, deletes: [], ended: [], events: [] });
}
