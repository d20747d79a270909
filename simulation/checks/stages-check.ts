import type { WorldEvent } from '@poolkeeper/core';
import type { Batch } from '../../server/store/contract.ts';
import type { Report } from '../report.ts';
import type { History } from './history.ts';
import type { Mirror } from './mirror.ts';
import type { Grant } from './tales.ts';

/**
 * Watches members that are handed over by stage, by what got to the store alone: natively only what stands at `free` is lent, what a
 * client was answered is so, and what somebody lost was taken from him.
 */
export class StagesCheck {
  readonly #report: Report;
  readonly #mirror: Mirror;
  readonly #history: History;
  /** Holders that take by stage; all others ask natively. */
  readonly #holders: ReadonlySet<string>;
  /** Who lost which member because he was silent, or somebody said that all are to be taken away: `holder name`. */
  readonly #takenAway = new Set<string>();

  constructor(input: { holders: readonly string[]; mirror: Mirror; history: History; report: Report }) {
    this.#report = input.report;
    this.#mirror = input.mirror;
    this.#history = input.history;
    this.#holders = new Set(input.holders);
  }

  isStaged(pool: string): boolean {
    return this.#mirror.documents.pool.get(pool)?.stages !== undefined;
  }

  /** Is the lease the one that has the resource, by what is in the store? */
  isHeldBy(resource: string, lease: string): boolean {
    return this.#mirror.documents.resource.get(resource)?.leaseId === lease;
  }

  /** Takes a batch that got to the store, before the mirror does. */
  take(batch: Batch): void {
    /** Where members stand after the events of this batch so far. */
    const stood = new Map<string, string>();
    for (const event of batch.events) this.#follow(event, stood);
  }

  /** A client was told that it has a member, and under which lease. */
  checkShown({ name, lease, holder }: { name: string; lease: string; holder: string }): void {
    const tale = this.#history.tale(lease);
    const has = tale?.resources.some(({ id }) => this.#nameOf(id) === name || tale.status === 'ended');
    if (tale === undefined || tale.holder !== holder || has !== true)
      this.#report(
        'shown-is-durable',
        `${holder} was told that it has ${name} by ${lease}; in the store ${tale?.holder} has ${tale?.resources.map(({ id }) => this.#nameOf(id)).join()}`,
      );
  }

  /** A client knows that a lease is over: it put the member back, or was told that it has it no more. */
  checkEnded(lease: string, what: string): void {
    const tale = this.#history.tale(lease);
    if (tale?.status !== 'ended')
      this.#report('shown-is-durable', `${what}; in the store its lease ${lease} is ${tale?.status}`);
  }

  /** Somebody was told that a member was taken away from a holder. */
  checkTakenAway(name: string, holder: string): void {
    if (!this.#takenAway.has(`${holder} ${name}`))
      this.#report(
        'shown-is-durable',
        `${name} was told to be taken away from ${holder}, and no event tells of it`,
      );
  }

  #follow({ type, resource, holder, data, seq, lease }: WorldEvent, stood: Map<string, string>): void {
    switch (type) {
      case 'resource.staged':
        return void stood.set(resource as string, data['stage'] as string);
      case 'resource.freed':
      case 'resource.entered':
        return void stood.set(resource as string, 'free');
      case 'lease.granted':
        for (const { id, pool } of data['resources'] as unknown as readonly Grant[]) {
          const at = stood.get(id) ?? this.#stageOf(id);
          if (this.isStaged(pool) && !this.#holders.has(holder as string) && at !== 'free')
            this.#report(
              'free-alone-is-lent',
              `${id} is lent to ${lease} of ${holder} (event ${seq}) and stands at ${at}`,
            );
          stood.set(id, 'lent');
        }
        return;
      case 'lease.ended':
        for (const { id, name } of data['resources'] as unknown as readonly { id: string; name: string }[]) {
          stood.set(id, 'back');
          if (data['reason'] === 'heartbeat_missed') this.#takenAway.add(`${holder} ${name}`);
        }
        return;
      default:
        return;
    }
  }

  /** By the document: what is free stands at `free`; of all else it is enough to know that it does not. */
  #stageOf(id: string): string {
    const resource = this.#mirror.documents.resource.get(id);
    return resource?.status === 'free' ? 'free' : `${resource?.status} ${resource?.stage?.name ?? ''}`;
  }

  #nameOf(id: string): string | undefined {
    return this.#mirror.documents.resource.get(id)?.name;
  }
}
