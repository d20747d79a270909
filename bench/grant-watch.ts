import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from './api-client.ts';
import type { LeaseView, Target } from './api-client.ts';

/** A lease is asked for so often, whether or not those before it are answered. */
export const ASK_EVERY_MS = 20;

type Grant = { readonly sentAt: number; readonly answeredAt: number };

/**
 * A light load that acquires and releases by turns at several replicas, and notes when something was granted. Requests that fail are
 * counted: a client would send them again.
 */
export class GrantWatch implements AsyncDisposable {
  readonly #pool: string;
  readonly #clients: readonly ApiClient[];
  readonly #grants: Grant[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #asking: Promise<void>;
  #failures: string[] = [];
  #isStopping = false;

  constructor(targets: readonly Target[], pool: string) {
    this.#pool = pool;
    this.#clients = targets.map((target) => new ApiClient(target));
    this.#asking = this.#ask();
  }

  /** When the first grant was answered whose request was sent after a moment. Errors: when there is none in time. */
  async firstAfter(moment: number, withinMs: number): Promise<number> {
    const until = performance.now() + withinMs;
    for (;;) {
      const answered = this.#grants.filter(({ sentAt }) => sentAt > moment).map((grant) => grant.answeredAt);
      if (answered.length > 0) return Math.min(...answered);
      if (performance.now() > until) {
        const said = this.#failures.at(-1) ?? 'nothing was answered';
        throw new Error(`Nothing was granted within ${withinMs} ms: ${said}`);
      }
      await sleep(1);
    }
  }

  /** The longest time without a grant between two moments. */
  longestSilence(from: number, to: number): number {
    const moments = this.#grants.map(({ answeredAt }) => answeredAt).filter((at) => at >= from && at <= to);
    const edges = [from, ...moments.toSorted((a, b) => a - b), to];
    return Math.max(...edges.slice(1).map((at, index) => at - (edges[index] ?? at)));
  }

  /** How many requests failed since it was asked last. */
  takeFailures(): number {
    const { length } = this.#failures;
    this.#failures = [];
    return length;
  }

  /** Resolves when what was asked is answered. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#asking;
    await Promise.all(this.#underWay);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const client of this.#clients) client.close();
  }

  async #ask(): Promise<void> {
    for (let turn = 0; !this.#isStopping; turn += 1) {
      const client = this.#clients[turn % this.#clients.length] as ApiClient;
      const lent = this.#lend(client).catch((error: Error) => void this.#failures.push(error.message));
      this.#underWay.add(lent);
      void lent.then(() => this.#underWay.delete(lent));
      await sleep(ASK_EVERY_MS);
    }
  }

  async #lend(client: ApiClient): Promise<void> {
    const sentAt = performance.now();
    const lease = await client.call<LeaseView>('POST', '/v1/leases', { pool: this.#pool });
    if (lease.status === 'active') this.#grants.push({ sentAt, answeredAt: performance.now() });
    await client.call('DELETE', `/v1/leases/${lease.id}`);
  }
}
