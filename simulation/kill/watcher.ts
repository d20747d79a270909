import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api.ts';
import type { HistoryEvent } from './history-event.ts';
import type { Journal } from './journal.ts';
import type { Presence } from './presence.ts';

const PAUSE_MS = 25;
const PAGE_LIMIT = 500;

/**
 * Looks at the server all the time: reads every event as soon as it can, and every resource.
 *
 * What it was shown must never be unsaid, whatever happens to the server afterwards.
 */
export class Watcher {
  readonly events: HistoryEvent[] = [];
  readonly #api: Api;
  readonly #journal: Journal;
  readonly #presence: Presence;

  constructor(input: { api: Api; journal: Journal; presence: Presence }) {
    this.#api = input.api;
    this.#journal = input.journal;
    this.#presence = input.presence;
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#presence.untilThere();
      await this.#readEvents();
      await this.#readResources();
      await sleep(PAUSE_MS);
    }
  }

  async #readEvents(): Promise<void> {
    const after = this.events.at(-1)?.seq ?? 0;
    const path = `/v1/events?after=${after}&limit=${PAGE_LIMIT}`;
    const page = await this.#api.send({ method: 'GET', path });
    if (page.outcome !== 'answered' || page.status !== 200) return;
    this.events.push(...(page.body as { items: HistoryEvent[] }).items);
  }

  async #readResources(): Promise<void> {
    const sent = this.#journal.next();
    const page = await this.#api.send({ method: 'GET', path: '/v1/resources?limit=1000' });
    if (page.outcome !== 'answered' || page.status !== 200) return;
    const { items } = page.body as { items: { id: string; version: number }[] };
    const resources = items.map(({ id, version }) => ({ id, version }));
    this.#journal.sightings.push({ sent, received: this.#journal.next(), resources });
  }
}
