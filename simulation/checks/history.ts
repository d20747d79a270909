import type { EndedLease, JsonObject, LiveLease, QueueOrder, Resource, WorldEvent } from '@poolkeeper/core';
import type { Batch } from '../../server/store/contract.ts';
import type { Plan } from '../plan.ts';
import type { Report } from '../report.ts';
import { JANITOR } from '../stages/draw-stages.ts';
import type { Mirror } from './mirror.ts';
import { checkOrder } from './order-check.ts';
import { QuotaCheck } from './quota-check.ts';
import { createTale } from './tales.ts';
import type { Grant, LeaseTale } from './tales.ts';

/** How long a key is remembered, in milliseconds of the world. */
const KEY_TTL_MS = 24 * 3_600_000;
/** Notes that begin so are idempotency keys: the client writes its key there too. */
export const KEY_NOTE = 'key:';

/** What a resource may not do while a lease has it. */
const NOT_WHILE_LEASED = new Set([
  'resource.freed',
  'resource.exiting',
  'resource.gone',
  'resource.quarantined',
  'resource.moved',
]);

/** `isGivenUp`: it could not be prepared, and its lease is about to get another. */
type Holding = { lease: string | null; epoch: number; isGivenUp?: boolean };

/**
 * Retells the story of leases and resources from the events that got to the store, and watches every rule about what may
 * follow upon what. It decides nothing and derives nothing with the core's help.
 */
export class History {
  readonly #report: Report;
  readonly #mirror: Mirror;
  readonly #quotas: QuotaCheck;
  /** Holders that take by stage: no queue and no time limit of a pool is about them. */
  readonly #takers: ReadonlySet<string>;
  readonly #tales = new Map<string, LeaseTale>();
  readonly #live = new Map<string, LeaseTale>();
  readonly #holdings = new Map<string, Holding>();
  readonly #keys = new Map<string, { readonly lease: string; readonly at: number }>();
  /** Pools of this commit whose order may have changed in the middle of it. */
  readonly #reshaped = new Set<string>();
  /** Leases that this commit sends back to the queue: what they have besides comes back just before that is told. */
  readonly #requeued = new Set<string>();
  #arrivals = 0;
  #term = 0;
  lastSeq = 0;
  lastAt = 0;
  /** Everything up to this event is known to some client. */
  acknowledged = 0;
  readonly counts = { granted: 0, queued: 0, ended: 0, events: 0 };

  constructor(plan: Plan, mirror: Mirror, report: Report) {
    this.#report = report;
    this.#mirror = mirror;
    this.#quotas = new QuotaCheck(plan, report);
    this.#takers = new Set([...plan.stageUsers, JANITOR]);
  }

  tale(id: string): LeaseTale | undefined {
    return this.#tales.get(id);
  }

  acknowledge(seq: number): void {
    this.acknowledged = Math.max(this.acknowledged, seq);
  }

  get live(): readonly LeaseTale[] {
    return [...this.#live.values()];
  }

  /** Takes a batch that got to the store, before the mirror does. */
  take(batch: Batch): void {
    if (batch.term < this.#term)
      this.#report('one-writer', `a commit of term ${batch.term} after one of term ${this.#term}`);
    this.#term = batch.term;
    const documents = new Map<string, LiveLease | EndedLease>();
    const resources = new Map<string, Resource>();
    this.#reshaped.clear();
    for (const entry of batch.upserts) {
      if (entry.kind === 'lease') documents.set(entry.id, entry.document);
      else if (entry.kind === 'resource') resources.set(entry.id, entry.document);
      else if (entry.kind === 'pool') this.#reshaped.add(entry.id);
    }
    for (const lease of batch.ended) documents.set(lease.id, lease);
    this.#requeued.clear();
    for (const { type, lease, data } of batch.events)
      if (type === 'lease.queued' && data['reason'] !== undefined) this.#requeued.add(lease as string);
    for (const event of batch.events) {
      this.#number(event);
      this.#follow(event, documents, resources);
    }
    if (batch.meta.eventSeq !== this.lastSeq) {
      this.#report(
        'events-gapless',
        `the store counts ${batch.meta.eventSeq} events after a commit that ends with ${this.lastSeq}`,
      );
    }
    this.#compare(batch, resources);
  }

  #number(event: WorldEvent): void {
    if (event.seq !== this.lastSeq + 1)
      this.#report('events-gapless', `event ${event.seq} (${event.type}) follows upon ${this.lastSeq}`);
    if (event.at < this.lastAt)
      this.#report(
        'events-gapless',
        `event ${event.seq} is ${this.lastAt - event.at} ms before the one before it`,
      );
    this.lastSeq = event.seq;
    this.lastAt = event.at;
    this.counts.events += 1;
  }

  #follow(
    event: WorldEvent,
    documents: ReadonlyMap<string, LiveLease | EndedLease>,
    resources: ReadonlyMap<string, Resource>,
  ): void {
    if (event.resource !== null && event.type.startsWith('resource.'))
      this.#followResource(event, event.resource);
    if (event.lease === null) return;
    if (!event.type.startsWith('lease.')) return this.#followMove(event, event.lease);
    const known = this.#tales.get(event.lease);
    const tale = known ?? this.#arrive(event, documents.get(event.lease));
    if (tale === undefined) return;
    if (tale.status === 'ended') {
      return this.#report(
        'ended-stays-ended',
        `${event.type} (event ${event.seq}) for lease ${tale.id}, which had ended`,
      );
    }
    switch (event.type) {
      case 'lease.queued':
        if (event.data['reason'] !== undefined) return this.#requeue(tale, event);
        this.counts.queued += 1;
        this.#quotas.queues(tale, this.#others(tale));
        break;
      case 'lease.granted':
        if (event.data['inPlaceOf'] === undefined)
          this.#grant(tale, event, { isNew: known === undefined, resources });
        else this.#replace(tale, event, resources);
        break;
      case 'lease.active':
        this.#activate(tale, event);
        break;
      case 'lease.renewed':
        tale.expiresAt = numberIn(event.data, 'expiresAt');
        this.#quotas.lasts(tale, tale.expiresAt - this.#grantedAt(tale));
        break;
      case 'lease.ended':
        this.#end(tale, event);
        break;
      default:
        this.#report('events-tell-all', `nobody knows what ${event.type} says of lease ${tale.id}`);
    }
  }

  /** What happens to a resource may say for whom; also after its lease, which is known then. */
  #followMove({ type, seq, resource, data }: WorldEvent, lease: string): void {
    if (!this.#tales.has(lease))
      this.#report(
        'events-tell-all',
        `${type} (event ${seq}) is for lease ${lease}, of which nothing was told`,
      );
    const holding = this.#holdings.get(resource ?? '');
    const isFailed = type === 'run.ended' && data['transition'] === 'allocate' && data['status'] === 'failed';
    if (isFailed && holding?.lease === lease) holding.isGivenUp = true;
  }

  /** A member could not be prepared, and there is no other: all that the lease has comes back. */
  #requeue(tale: LeaseTale, { seq }: WorldEvent): void {
    if (tale.status !== 'active' || tale.preparing === 'prepared')
      this.#report(
        'events-tell-all',
        `lease ${tale.id} goes back to the queue (event ${seq}) and is ${tale.status}`,
      );
    for (const { id, epoch } of tale.resources) this.#holdings.set(id, { lease: null, epoch });
    tale.status = 'queued';
    tale.preparing = 'unknown';
    tale.resources = [];
    tale.expiresAt = 0;
  }

  /** One member is taken in the place of another, which could not be prepared. */
  #replace(tale: LeaseTale, event: WorldEvent, resources: ReadonlyMap<string, Resource>): void {
    const lost = tale.resources.find(({ id }) => id === event.data['inPlaceOf']);
    const granted = event.data['resources'] as unknown as readonly Grant[];
    if (lost === undefined || tale.preparing === 'prepared')
      return this.#report(
        'events-tell-all',
        `lease ${tale.id} gets another for what it has not (event ${event.seq})`,
      );
    this.#holdings.set(lost.id, { lease: null, epoch: lost.epoch });
    this.#hand(tale, event, { granted, resources });
    tale.resources = tale.resources.flatMap((one) => (one === lost ? granted : [one]));
  }

  /** The last of its members is prepared. */
  #activate(tale: LeaseTale, { seq }: WorldEvent): void {
    if (tale.status !== 'active' || tale.preparing === 'prepared')
      this.#report(
        'events-tell-all',
        `lease ${tale.id} becomes active (event ${seq}), and is ${tale.status} already`,
      );
    tale.preparing = 'prepared';
  }

  #grantedAt(tale: LeaseTale): number {
    const lease = this.#mirror.documents.lease.get(tale.id);
    return lease === undefined || lease.status === 'queued' ? this.lastAt : lease.grantedAt;
  }

  #arrive(event: WorldEvent, document: LiveLease | EndedLease | undefined): LeaseTale | undefined {
    if (document === undefined) {
      this.#report('events-tell-all', `${event.type} for lease ${event.lease}, of which nothing is written`);
      return undefined;
    }
    const tale = createTale(document, (this.#arrivals += 1));
    this.#quotas.arrives(tale, this.#others(tale));
    this.#tales.set(tale.id, tale);
    this.#live.set(tale.id, tale);
    if (tale.note.startsWith(KEY_NOTE)) {
      const key = `${tale.holder} ${tale.note}`;
      const first = this.#keys.get(key);
      if (first !== undefined && event.at - first.at < KEY_TTL_MS) {
        this.#report(
          'one-lease-per-key',
          `${tale.note} of ${tale.holder} made lease ${tale.id}, and ${first.lease} before it`,
        );
      }
      this.#keys.set(key, { lease: tale.id, at: event.at });
    }
    return tale;
  }

  #grant(
    tale: LeaseTale,
    event: WorldEvent,
    how: { isNew: boolean; resources: ReadonlyMap<string, Resource> },
  ): void {
    this.counts.granted += 1;
    if (tale.status === 'active') this.#report('one-holder', `lease ${tale.id} is granted twice`);
    const granted = event.data['resources'] as unknown as readonly Grant[];
    this.#hand(tale, event, { granted, resources: how.resources });
    const isOutOfLine = this.#takers.has(tale.holder) || this.#reshaped.has(tale.items[0]?.pool ?? '');
    const order = isOutOfLine ? undefined : this.#orderOf(tale);
    if (order !== undefined)
      checkOrder({ order, granted: tale, isNew: how.isNew, live: this.live }, this.#report);
    tale.status = 'active';
    tale.preparing = 'unknown';
    tale.resources = granted;
    tale.expiresAt = numberIn(event.data, 'expiresAt');
    if (!this.#takers.has(tale.holder)) this.#quotas.lasts(tale, tale.expiresAt - event.at);
  }

  /** Resources change hands. */
  #hand(
    tale: LeaseTale,
    event: WorldEvent,
    { granted, resources }: { granted: readonly Grant[]; resources: ReadonlyMap<string, Resource> },
  ): void {
    for (const { id, epoch } of granted) {
      const before = this.#holdings.get(id) ?? { lease: null, epoch: 0 };
      if (before.lease !== null) {
        this.#report(
          'one-holder',
          `${id} is granted to ${tale.id} while ${before.lease} has it (event ${event.seq})`,
        );
      }
      if (epoch <= before.epoch)
        this.#report(
          'epoch-rises',
          `${id} is granted at epoch ${epoch} after ${before.epoch} (event ${event.seq})`,
        );
      const known = this.#mirror.documents.resource.get(id);
      if (isDead(known) && isDead(resources.get(id)))
        this.#report('dead-not-lent', `${id} is granted to ${tale.id} and is ${known?.machine}`);
      this.#holdings.set(id, { lease: tale.id, epoch });
    }
  }

  #orderOf(tale: LeaseTale): QueueOrder | undefined {
    return this.#mirror.documents.pool.get(tale.items[0]?.pool ?? '')?.lease.queue;
  }

  #end(tale: LeaseTale, event: WorldEvent): void {
    this.counts.ended += 1;
    const reason = event.data['reason'] as LeaseTale['endReason'];
    if (tale.status === 'active') {
      if (reason === 'expired' && event.at < tale.expiresAt) {
        this.#report('not-too-early', `${tale.id} expired ${tale.expiresAt - event.at} ms before its time`);
      }
      const lease = this.#mirror.documents.lease.get(tale.id);
      const heartbeatBy = lease === undefined || lease.status === 'queued' ? null : lease.heartbeatBy;
      // From who took by stage it may be taken away sooner, by whoever asks for that.
      const isOnTime = heartbeatBy === null || event.at >= heartbeatBy || this.#takers.has(tale.holder);
      if (reason === 'heartbeat_missed' && !isOnTime) {
        this.#report(
          'not-too-early',
          `${tale.id} ended ${(heartbeatBy ?? event.at) - event.at} ms before its heartbeat was due`,
        );
      }
    } else if (reason === 'expired' || reason === 'heartbeat_missed') {
      this.#report('not-too-early', `${tale.id} ended by ${reason} while it was ${tale.status}`);
    }
    for (const { id, epoch } of tale.resources) this.#holdings.set(id, { lease: null, epoch });
    tale.status = 'ended';
    tale.endReason = reason;
    this.#live.delete(tale.id);
  }

  #followResource(event: WorldEvent, id: string): void {
    const { lease: holder, isGivenUp } = this.#holdings.get(id) ?? { lease: null };
    const isItsOwn = holder === null || isGivenUp === true || this.#requeued.has(holder);
    if (!isItsOwn && NOT_WHILE_LEASED.has(event.type)) {
      this.#report(
        'leased-is-never-taken',
        `${event.type} of ${id} while ${holder} has it (event ${event.seq})`,
      );
    }
  }

  /** What the documents of a commit say has to be what its events told. */
  #compare(batch: Batch, resources: ReadonlyMap<string, Resource>): void {
    const differ = (detail: string): void => this.#report('events-tell-all', detail);
    for (const entry of batch.upserts) {
      if (entry.kind !== 'lease') continue;
      const { document: lease } = entry;
      const tale = this.#tales.get(lease.id);
      const has =
        lease.status === 'queued' ? [] : lease.members.map(({ resource, epoch }) => `${resource}@${epoch}`);
      const told = tale?.resources.map(({ id, epoch }) => `${id}@${epoch}`) ?? [];
      if (tale === undefined || !isTold(lease, tale))
        differ(
          `lease ${lease.id} is written as ${lease.status}, told as ${tale?.status} (${tale?.preparing})`,
        );
      else if (has.join() !== told.join())
        differ(`lease ${lease.id} is written with ${has.join()}, told with ${told.join()}`);
    }
    for (const { kind, id } of batch.deletes) {
      if (kind === 'lease' && this.#tales.get(id)?.status !== 'ended')
        differ(`lease ${id} is deleted and was not told to end`);
    }
    for (const lease of batch.ended) {
      const tale = this.#tales.get(lease.id);
      if (tale?.endReason !== lease.endReason)
        differ(`lease ${lease.id} ended by ${lease.endReason}, told ${tale?.endReason}`);
    }
    for (const resource of resources.values()) {
      const holder = this.#holdings.get(resource.id)?.lease ?? null;
      const isOut = resource.status === 'leased' || resource.status === 'preparing';
      if ((isOut ? resource.leaseId : null) !== holder) {
        differ(
          `${resource.id} is written as ${resource.status} for ${resource.leaseId}, told as held by ${holder}`,
        );
      }
    }
  }

  #others(tale: LeaseTale): LeaseTale[] {
    return this.live.filter((other) => other !== tale);
  }
}

/** A lease is preparing from its grant, or from the first commit with it, until its event says that it is active. */
function isTold({ status }: LiveLease, tale: LeaseTale): boolean {
  if (status === 'preparing') {
    if (tale.status !== 'active' || tale.preparing === 'prepared') return false;
    tale.preparing = 'preparing';
    return true;
  }
  return status === tale.status && (status === 'queued' || tale.preparing !== 'preparing');
}

function isDead(resource: Resource | undefined): boolean {
  return resource?.machine === 'TERMINATED' || resource?.machine === 'REJECTED';
}

function numberIn(data: JsonObject, member: string): number {
  const value = data[member];
  return typeof value === 'number' ? value : Number.NaN;
}
