import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../chance.ts';
import type { Api, Request } from './api.ts';
import { PROCESS_POOLS } from './configuration.ts';
import { exchange } from './exchange.ts';
import type { Asked } from './exchange.ts';
import type { Exchange, Journal, LeaseAnswer } from './journal.ts';
import type { Presence } from './presence.ts';
import type { Wish } from './wish.ts';

/** A request is repeated for so long until somebody answers it, in milliseconds. */
const REPEAT_FOR_MS = 120_000;
/** Pauses between two tries and between two thoughts, in milliseconds. */
const AGAIN_MS = [10, 40] as const;
const THINK_MS = [0, 10] as const;
/** How often a queued lease is waited for, and how long at a time. */
const WAITS_MAX = 3;
const WAIT = '1s';
const SHARE_IMPATIENT = 0.1;
const USES_MAX = 3;
const VISIT_WITHIN_MS = 5_000;
const UNAVAILABLE = 503;

export type ClientInput = {
  readonly name: string;
  readonly api: Api;
  readonly chance: Chance;
  readonly drawWish: (chance: Chance) => Wish;
  readonly journal: Journal;
  readonly presence: Presence;
  readonly stop: AbortSignal;
};

/** One holder that leases, uses and gives back, one lease after another, and writes down every answer. */
export class Client {
  readonly name: string;
  readonly #api: Api;
  readonly #chance: Chance;
  readonly #drawWish: ClientInput['drawWish'];
  readonly #journal: Journal;
  readonly #presence: Presence;
  readonly #stop: AbortSignal;
  #wishes = 0;

  constructor(input: ClientInput) {
    this.name = input.name;
    this.#api = input.api;
    this.#chance = input.chance;
    this.#drawWish = input.drawWish;
    this.#journal = input.journal;
    this.#presence = input.presence;
    this.#stop = input.stop;
  }

  /** Works until it is told to stop; then it gives back what it still holds. */
  async run(): Promise<void> {
    while (!this.#stop.aborted) {
      await this.#turn(this.#drawWish(this.#chance));
      await this.#pause(THINK_MS);
      await this.#presence.untilThere();
    }
  }

  async #turn(wish: Wish): Promise<void> {
    const asked = await this.#acquire(wish);
    if (asked === null) return;
    const lease = await this.#untilGranted(asked);
    if (lease.status === 'active') await this.#use(lease);
    if (!wish.isForgotten) await this.#release(asked.id);
  }

  /** With a key a lost answer is asked for again; without one nobody knows what came of the request. */
  async #acquire({ body, hasKey }: Wish): Promise<LeaseAnswer | null> {
    this.#wishes += 1;
    const name = `${this.name}/${this.#wishes}`;
    const request: Request = { method: 'POST', path: '/v1/leases', body: { ...body, note: name } };
    const asked: Asked = { operation: 'acquire', request, lease: null };
    if (!hasKey) return (await this.#send(asked)).answer;
    return this.#untilAnswered({ ...asked, request: { ...request, key: name } });
  }

  /** Waits in the queue and until it is prepared, not for ever: a wait that was cut off counts too. */
  async #untilGranted(asked: LeaseAnswer): Promise<LeaseAnswer> {
    let lease = asked;
    const isWaiting = (): boolean => lease.status === 'queued' || lease.status === 'preparing';
    for (let waits = 0; isWaiting() && waits < WAITS_MAX; waits += 1) {
      if (this.#stop.aborted || this.#chance.is(SHARE_IMPATIENT)) break;
      lease = (await this.#look(lease.id, `?wait=${WAIT}`)) ?? lease;
      await this.#presence.untilThere();
    }
    return lease;
  }

  async #use(lease: LeaseAnswer): Promise<void> {
    for (let uses = this.#chance.int(0, USES_MAX); uses > 0 && !this.#stop.aborted; uses -= 1) {
      await this.#pause(THINK_MS);
      const use = this.#chance.weigh({ look: 2, heartbeat: 3, renew: 2, visit: 3 });
      if (use === 'visit') await this.#visit(lease);
      else if (use === 'look') await this.#look(lease.id, '');
      else await this.#change(lease.id, use);
    }
  }

  async #look(id: string, query: string): Promise<LeaseAnswer | null> {
    const request: Request = { method: 'GET', path: `/v1/leases/${id}${query}` };
    return (await this.#send({ operation: 'look', request, lease: id })).answer;
  }

  async #change(id: string, operation: 'heartbeat' | 'renew'): Promise<void> {
    const body = operation === 'renew' ? { body: { duration: `${this.#chance.int(2, 5)}s` } } : {};
    await this.#send({
      operation,
      request: { method: 'POST', path: `/v1/leases/${id}/${operation}`, ...body },
      lease: id,
    });
  }

  async #release(id: string): Promise<void> {
    await this.#untilAnswered({
      operation: 'release',
      request: { method: 'DELETE', path: `/v1/leases/${id}` },
      lease: id,
    });
  }

  /** Asks the leased process itself who it is. */
  async #visit(lease: LeaseAnswer): Promise<void> {
    const resource = lease.resources.find(({ pool }) => PROCESS_POOLS.includes(pool));
    if (resource === undefined) return;
    const from = Date.now();
    const endpoint = resource.endpoints['http'] ?? 'no endpoint';
    const { answeredBy, why } = await whoAnswers(endpoint);
    const { round } = this.#journal;
    this.#journal.visits.push({
      round,
      client: this.name,
      lease: lease.id,
      resource: resource.id,
      endpoint,
      from,
      until: Date.now(),
      answeredBy,
      why,
    });
  }

  async #untilAnswered(asked: Asked): Promise<LeaseAnswer | null> {
    const until = Date.now() + REPEAT_FOR_MS;
    for (;;) {
      const { outcome, status, answer } = await this.#send(asked);
      if (outcome === 'answered' && status !== UNAVAILABLE) return answer;
      if (Date.now() > until) {
        throw new Error(`${this.name}: ${asked.request.path} was not answered within ${REPEAT_FOR_MS} ms.`);
      }
      await this.#pause(AGAIN_MS);
      await this.#presence.untilThere();
    }
  }

  #send(asked: Asked): Promise<Exchange> {
    return exchange({ api: this.#api, journal: this.#journal, client: this.name }, asked);
  }

  #pause([min, max]: readonly [number, number]): Promise<void> {
    return sleep(this.#chance.int(min, max));
  }
}

/** The resource that says it is at an endpoint, or why nobody does. */
export async function whoAnswers(endpoint: string): Promise<{ answeredBy: string | null; why: string }> {
  try {
    const response = await fetch(endpoint, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(VISIT_WITHIN_MS),
    });
    const { resource } = (await response.json()) as { resource: string };
    return { answeredBy: resource, why: '' };
  } catch (error) {
    const { cause } = error as { cause?: { code?: string; message?: string } };
    return { answeredBy: null, why: cause?.code ?? cause?.message ?? String(error) };
  }
}
