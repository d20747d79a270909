import type { Chance } from '../chance.ts';
import { Api } from '../kill/api.ts';
import { Client } from '../kill/client.ts';
import type { HistoryEvent } from '../kill/history-event.ts';
import type { Journal } from '../kill/journal.ts';
import { createToken, failureOf } from '../kill/kill-run.ts';
import { Presence } from '../kill/presence.ts';
import { Watcher } from '../kill/watcher.ts';
import { Pulse } from './pulse.ts';
import type { Site } from './site.ts';
import { StreamWatcher } from './stream-watcher.ts';
import { drawWish } from './wish.ts';

const CLIENTS = 8;
const STREAMS = 2;
/** Longer than any wait of a client and any time that a replica holds a request; so nothing ends unanswered. */
const ANSWER_WITHIN_MS = 20_000;

export type LoadInput = {
  readonly site: Site;
  readonly journal: Journal;
  readonly chance: Chance;
  readonly stop: AbortController;
};

/** What watchers were shown, each for itself, and how many streams that took. */
export type Watched = { readonly watched: readonly (readonly HistoryEvent[])[]; readonly streams: number };

/** The API of all replicas: each request goes to any of them, as a client behind a load balancer sees it. */
export function apiOf(site: Site, chance: Chance): Api {
  return new Api(() => chance.pick(site.replicas).url, site.token, ANSWER_WITHIN_MS);
}

/**
 * Does the work while clients, a pulse and watchers are busy at all replicas; then lets them finish.
 *
 * Errors: those of the work, and of a client that is not answered for very long.
 */
export async function underLoad(input: LoadInput, work: () => Promise<void>): Promise<Watched> {
  const { site, journal, chance, stop } = input;
  const anywhere = chance.fork('anywhere');
  const api = apiOf(site, anywhere);
  const presence = new Presence();
  presence.begin();
  const watcher = new Watcher({ api, journal, presence });
  const streams = Array.from(
    { length: STREAMS },
    () => new StreamWatcher(() => anywhere.pick(site.replicas).url, site.token),
  );
  const pulse = new Pulse(api.as(await createToken(api, 'pulse')), journal);
  const busy = [watcher, pulse, ...streams].map((one) => one.run(stop.signal));
  for (let number = 1; number <= CLIENTS; number += 1) {
    const name = `client-${number}`;
    const own = { api: api.as(await createToken(api, name)), chance: chance.fork(name) };
    busy.push(new Client({ name, stop: stop.signal, journal, presence, drawWish, ...own }).run());
  }
  try {
    await Promise.race([work(), failureOf(busy)]);
  } finally {
    stop.abort();
  }
  await Promise.all(busy);
  return {
    watched: [watcher.events, ...streams.map(({ events }) => events)],
    streams: streams.reduce((sum, stream) => sum + stream.streams, 0),
  };
}
