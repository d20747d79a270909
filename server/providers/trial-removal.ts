import { sleep } from '../timers.ts';
import { aDestroyRequest } from './contract-checks/requests.ts';
import { ProviderGone } from './contract.ts';
import type { ProviderContext } from './driver.ts';
import type { ExecProvider } from './exec/exec-provider.ts';

/** How long removing what one check made may take, and between two calls of it. Milliseconds. */
const REMOVE_MS_MAX = 60_000;
const REMOVE_PAUSE_MS = 200;

/** What may still be there after it was to be removed, and why. */
export type Left = { readonly resource: string; readonly why: string };

/**
 * Destroys what a trial made, until it is gone and no longer listed. A program that is not trusted to list everything is
 * asked to destroy what it does not list, too.
 *
 * Errors: none; what cannot be removed is answered.
 */
export async function removeAll(
  provider: ExecProvider,
  input: Pick<ProviderContext, 'clock' | 'timers'> & { made: ReadonlySet<string>; isTrusted: boolean },
): Promise<Left[]> {
  const { clock, timers, made, isTrusted } = input;
  const until = clock.now() + REMOVE_MS_MAX;
  const isListed = (things: Things, id: string): boolean => things.some(({ resource }) => resource === id);
  let things = await listThings(provider);
  let wanted = [...made].filter((id) => !isTrusted || isListed(things, id));
  for (;;) {
    const ends = await Promise.all(wanted.map((id) => destroyOnce(provider, id, things)));
    const before = things;
    things = await listThings(provider);
    const left = ends.flatMap(({ resource, end, error }) => {
      const names = things.filter((thing) => thing.resource === resource).map((thing) => thing.externalId);
      if (end === 'gone' && names.length === 0) return [];
      const listed = names.length === 0 ? '' : `, and observe lists ${names.join(', ')}`;
      return [{ resource, end, why: error ?? `destroy answered ${end}${listed}` }];
    });
    // What was answered as gone while nothing changed, or failed, will not go by asking again and again.
    const isHopeful = left.some(({ end }) => end === 'going') || things.length < before.length;
    if (left.length === 0 || !isHopeful || clock.now() > until) {
      return left.map(({ resource, why }) => ({ resource, why }));
    }
    wanted = left.map(({ resource }) => resource);
    await sleep(timers, REMOVE_PAUSE_MS);
  }
}

type Things = Awaited<ReturnType<ExecProvider['list']>>;

/** What cannot be listed is not known to be there. */
async function listThings(provider: ExecProvider): Promise<Things> {
  return provider.list(new AbortController().signal).catch(() => []);
}

async function destroyOnce(
  provider: ExecProvider,
  resource: string,
  things: Things,
): Promise<{ resource: string; end?: 'gone' | 'going'; error?: string }> {
  const externalId = things.find((thing) => thing.resource === resource)?.externalId ?? null;
  try {
    const end = await provider.destroy(aDestroyRequest(resource, externalId), new AbortController().signal);
    return { resource, end };
  } catch (error) {
    if (error instanceof ProviderGone) return { resource, end: 'gone' };
    return { resource, error: error instanceof Error ? error.message : String(error) };
  }
}
