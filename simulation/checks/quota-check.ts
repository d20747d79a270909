import type { PoolQuota, TokenQuota } from '@poolkeeper/core';
import type { Plan } from '../plan.ts';
import type { Report } from '../report.ts';
import { countOf, poolsOf, wishedOf } from './tales.ts';
import type { LeaseTale } from './tales.ts';

/** Counts for itself what holders have and wait for, and compares it with the quotas of the plan as each lease comes. */
export class QuotaCheck {
  readonly #report: Report;
  readonly #pools: ReadonlyMap<string, { readonly quota: PoolQuota; readonly maxMs: number }>;
  readonly #tokens: ReadonlyMap<string, TokenQuota>;

  constructor(plan: Plan, report: Report) {
    this.#report = report;
    this.#pools = new Map(
      plan.pools.map(({ name, spec }) => [
        name,
        { quota: spec.quota ?? {}, maxMs: spec.lease?.maxMs ?? Infinity },
      ]),
    );
    this.#tokens = new Map(plan.holders.map(({ name, quota }) => [name, quota]));
  }

  /** `others` are all live leases but the one that comes. */
  arrives(tale: LeaseTale, others: readonly LeaseTale[]): void {
    const own = others.filter(({ holder }) => holder === tale.holder);
    for (const pool of poolsOf(tale)) {
      const quota = this.#quotaOf(pool);
      const there = own.filter((other) => poolsOf(other).includes(pool));
      const wished = there.reduce((sum, other) => sum + wishedOf(other, pool), countOf(tale, pool));
      this.#atMost(tale, `resources of pool ${pool}`, wished, quota.perHolder);
      this.#atMost(tale, `leases on pool ${pool}`, there.length + 1, quota.leasesPerHolder);
    }
    const token = this.#tokens.get(tale.holder) ?? {};
    const all = own.reduce((sum, other) => sum + wishedOf(other), countOf(tale));
    this.#atMost(tale, 'resources by its token', all, token.resources);
    this.#atMost(tale, 'leases by its token', own.length + 1, token.leases);
  }

  /** A lease of one pool was put in its queue. */
  queues(tale: LeaseTale, others: readonly LeaseTale[]): void {
    const [pool, ...more] = poolsOf(tale);
    if (pool === undefined || more.length > 0) return;
    const quota = this.#quotaOf(pool);
    const waiting = others.filter((other) => other.status === 'queued' && poolsOf(other).includes(pool));
    const own = waiting.filter(({ holder }) => holder === tale.holder);
    const here = waiting.filter((other) => poolsOf(other).length === 1);
    this.#atMost(tale, `leases waiting for pool ${pool}`, own.length + 1, quota.queuedPerHolder);
    this.#atMost(tale, `leases of everybody waiting for pool ${pool}`, here.length + 1, quota.queued);
  }

  /** A lease lasts as long as `durationMs` from its grant. */
  lasts(tale: LeaseTale, durationMs: number): void {
    const maxMs = Math.min(...poolsOf(tale).map((pool) => this.#pools.get(pool)?.maxMs ?? Infinity));
    this.#atMost(tale, 'milliseconds by its pools', durationMs, maxMs);
    this.#atMost(tale, 'milliseconds by its token', durationMs, this.#tokens.get(tale.holder)?.durationMs);
  }

  #quotaOf(pool: string): PoolQuota {
    return this.#pools.get(pool)?.quota ?? {};
  }

  #atMost(tale: LeaseTale, what: string, has: number, most: number | undefined): void {
    if (most !== undefined && has > most)
      this.#report('quota', `with ${tale.id}, ${tale.holder} has ${has} of at most ${most} ${what}`);
  }
}
