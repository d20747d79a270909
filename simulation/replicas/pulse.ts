import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, Request } from '../kill/api.ts';
import { exchange } from '../kill/exchange.ts';
import type { Journal } from '../kill/journal.ts';
import { PULSE_POOL } from './configuration.ts';

const EVERY_MS = 50;
/** Pulses on their way at once: those of an outage of some seconds. */
const PULSES_MAX = 200;
/** Where a release is lost, the lease ends by itself. */
const DURATION = '4s';
/** How often a pulse that was not answered is sent again under its key. */
const TRIES_MAX = 4;
const AGAIN_MS = 50;
export const PULSE_CLIENT = 'pulse';

/**
 * Asks for a lease every 50 ms, whatever became of the ones before, so that the time without grants can be read from the answers.
 * Half of them bear no key: what is lost of those is asked for by nobody again.
 */
export class Pulse {
  readonly #api: Api;
  readonly #journal: Journal;
  readonly #underWay = new Set<Promise<void>>();
  #beats = 0;

  constructor(api: Api, journal: Journal) {
    this.#api = api;
    this.#journal = journal;
  }

  /** Beats until it is told to stop; then waits for what is under way. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      if (this.#underWay.size < PULSES_MAX) {
        this.#beats += 1;
        const beat = this.#beat(this.#beats);
        this.#underWay.add(beat);
        void beat.finally(() => this.#underWay.delete(beat));
      }
      await sleep(EVERY_MS);
    }
    await Promise.all(this.#underWay);
  }

  async #beat(number: number): Promise<void> {
    const name = `${PULSE_CLIENT}/${number}`;
    const hasKey = number % 2 === 0;
    const asker = { api: this.#api, journal: this.#journal, client: PULSE_CLIENT };
    const request: Request = {
      method: 'POST',
      path: '/v1/leases',
      body: { pool: PULSE_POOL, duration: DURATION, note: name },
      ...(hasKey ? { key: name } : {}),
    };
    for (let tries = 0; tries < (hasKey ? TRIES_MAX : 1); tries += 1) {
      const { answer } = await exchange(asker, { operation: 'acquire', request, lease: null });
      if (answer !== null) return this.#release(answer.id);
      await sleep(AGAIN_MS);
    }
  }

  async #release(id: string): Promise<void> {
    const asker = { api: this.#api, journal: this.#journal, client: PULSE_CLIENT };
    const request: Request = { method: 'DELETE', path: `/v1/leases/${id}` };
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const { answer } = await exchange(asker, { operation: 'release', request, lease: id });
      if (answer !== null) return;
      await sleep(AGAIN_MS);
    }
  }
}
