import type { ReleaseSpec, SealedRecord, TurnoverRecord, WorldEvent } from '@poolkeeper/core';
import type { Batch, Store } from '../../server/store/contract.ts';
import type { Plan } from '../plan.ts';
import type { Report } from '../report.ts';
import type { Site } from '../site.ts';
import { JANITOR } from '../stages/draw-stages.ts';
import type { Mirror } from './mirror.ts';
import type { Grant } from './tales.ts';

/** Records of one resource that are read at once, at most. */
const RECORDS_MAX = 1_000;

/** What stands between one holder of a resource and the next, by the events. */
type Between = {
  epoch: number;
  pool: string;
  /** What its release promises, from its return until that is on record; null where nothing is open. */
  owes: ReleaseSpec | null;
  /** Why it may be lent although a holder left its marks; null: it may not. */
  excuse: string | null;
  /** Where it stands, by the events; only of those that are handed over by stage does it stand anywhere but at `free`. */
  stage: string;
  /** Who has it or had it last, and from where he took it. */
  holder: string;
  from: string;
  readonly records: SealedRecord[];
};

/**
 * Watches what happens between two holders: a resource whose pool promises that it is clean is clean when it is lent, by what
 * was really done outside; and what was proven is on record, in an unbroken chain.
 */
export class TurnoversCheck {
  readonly #report: Report;
  readonly #site: Site;
  readonly #mirror: Mirror;
  /** Of pools that stay as they were planned. */
  readonly #releases: ReadonlyMap<string, ReleaseSpec>;
  readonly #between = new Map<string, Between>();
  /** What each lease has by the events. */
  readonly #held = new Map<string, readonly Grant[]>();

  constructor(input: { plan: Plan; mirror: Mirror; site: Site; report: Report }) {
    this.#report = input.report;
    this.#site = input.site;
    this.#mirror = input.mirror;
    this.#releases = new Map(input.plan.pools.map(({ name, spec }) => [name, spec.on?.release ?? {}]));
  }

  take(batch: Batch): void {
    const records = [...batch.records];
    for (const event of batch.events) this.#follow(event, records);
    for (const { resource, number } of records)
      this.#report(
        'record-per-turnover',
        `record ${number} of ${resource} is written, and no event tells of it`,
      );
  }

  /** What was written is what the store has, number by number. */
  async compare(store: Pick<Store, 'listTurnovers'>): Promise<void> {
    for (const [resource, { records }] of this.#between) {
      const kept = await store.listTurnovers({ resource, limit: RECORDS_MAX });
      if (JSON.stringify(kept) !== JSON.stringify(records))
        this.#report(
          'survives-restart',
          `${records.length} records of ${resource} were written, and ${kept.length} others are in the store`,
        );
    }
  }

  #follow(event: WorldEvent, records: SealedRecord[]): void {
    const { type, resource, lease, data } = event;
    switch (type) {
      case 'lease.granted':
        return this.#grant(event, lease as string);
      case 'lease.queued':
        if (data['reason'] !== undefined) this.#letGo(lease as string);
        return;
      case 'lease.ended':
        this.#letGo(lease as string);
        return void this.#held.delete(lease as string);
      case 'resource.moved':
        return this.#move(this.#of(resource as string), event.pool as string);
      case 'turnover.recorded':
        return this.#record(event, records);
      case 'resource.staged':
        return this.#stand(this.#of(resource as string), data['stage'] as string);
      case 'resource.entered':
        this.#of(resource as string).stage = 'free';
        return;
      case 'resource.freed':
        this.#of(resource as string).stage = 'free';
        return this.#checkRecorded(event);
      case 'resource.gone':
        return this.#checkRecorded(event);
      default:
        return;
    }
  }

  #grant({ data, seq, holder }: WorldEvent, lease: string): void {
    const granted = data['resources'] as unknown as readonly Grant[];
    const { inPlaceOf } = data;
    const kept = (this.#held.get(lease) ?? []).filter(({ id }) => id !== inPlaceOf);
    if (typeof inPlaceOf === 'string') this.#owe(inPlaceOf);
    this.#held.set(lease, [...kept, ...granted]);
    for (const { id, pool, epoch } of granted) {
      const between = this.#of(id);
      const isFree = between.stage === 'free';
      if (isFree && between.owes !== null)
        this.#report(
          'clean-before-free',
          `${id} is granted to ${lease} (event ${seq}), and its turnover of epoch ${between.epoch} is not on record`,
        );
      if (isFree && this.#site.isDirty(id) && between.excuse === null)
        this.#report(
          'clean-before-free',
          `${id} is granted to ${lease} (event ${seq}) with the marks of the holder of epoch ${between.epoch}`,
        );
      Object.assign(between, { epoch, pool, owes: null, excuse: null, holder, from: between.stage });
      if (holder !== JANITOR) this.#site.soil(id, epoch);
    }
  }

  #letGo(lease: string): void {
    for (const { id } of this.#held.get(lease) ?? []) this.#owe(id);
    this.#held.set(lease, []);
  }

  #owe(resource: string): void {
    const between = this.#of(resource);
    const release = this.#releaseOf(between.pool);
    // Who took it from another stage knows what he does with it: a janitor cleans it, others say that it is clean.
    if (between.from !== 'free') {
      between.owes = null;
      between.excuse = between.holder === JANITOR ? null : 'its holder took it as it was';
      return;
    }
    between.owes = promises(release) ? release : null;
    between.excuse =
      release.clean === undefined && release.verify === undefined ? 'its pool promises nothing' : null;
  }

  /** Where a client put it: what stands there is nobody's to clean before it is put on; what is dirty is to be cleaned by somebody. */
  #stand(between: Between, stage: string): void {
    between.stage = stage;
    if (stage === 'dirty') between.excuse = null;
    if (stage !== 'free') between.owes = null;
  }

  /** What was quarantined on its way back owes what the pool asks in which it is readmitted. */
  #move(between: Between, pool: string): void {
    between.pool = pool;
    if (between.owes !== null) {
      between.owes = this.#releaseOf(pool);
      const { clean, verify } = between.owes;
      between.excuse = clean === undefined && verify === undefined ? 'it came from another pool' : null;
    }
  }

  #record({ resource: id, data, seq }: WorldEvent, records: SealedRecord[]): void {
    const between = this.#of(id as string);
    const index = records.findIndex(({ resource, number }) => resource === id && number === data['number']);
    const [sealed] = index < 0 ? [] : records.splice(index, 1);
    if (sealed === undefined)
      return this.#report(
        'record-per-turnover',
        `event ${seq} tells of a record of ${id} that is not written`,
      );
    const last = between.records.at(-1);
    const record = JSON.parse(sealed.jws) as TurnoverRecord;
    const isNext = sealed.number === (last?.number ?? 0) + 1 && record.previous === (last?.hash ?? null);
    const isTold = record.number === sealed.number && data['hash'] === sealed.hash;
    if (!isNext || !isTold)
      this.#report(
        'records-chain',
        `record ${sealed.number} of ${id} (event ${seq}) follows upon ${last?.number ?? 0}, and names ${record.previous} as the one before, which is ${last?.hash}`,
      );
    between.records.push(sealed);
    this.#checkProof(between, record);
    between.owes = null;
  }

  /** The record of a resource that stays shows that everything that its release promises was done. */
  #checkProof(between: Between, { resource, verdict, epoch, steps }: TurnoverRecord): void {
    if (verdict === 'destroyed' || verdict === 'forgotten') return;
    if (epoch !== between.epoch)
      this.#report(
        'records-chain',
        `a record of ${resource} is of epoch ${epoch}, and ${between.epoch} came back`,
      );
    if (steps.some(({ outcome }) => outcome === 'skipped')) between.excuse = 'a person skipped a step';
    const wants = (['clean', 'verify'] as const).filter((phase) => between.owes?.[phase] !== undefined);
    for (const phase of wants) {
      const last = steps.findLast((step) => step.phase === phase && step.outcome !== 'unneeded');
      if (last?.outcome !== 'passed' && last?.outcome !== 'skipped')
        this.#report(
          'clean-before-free',
          `${resource} is recorded as ${verdict} at epoch ${epoch}, and its phase "${phase}" came to ${last?.outcome}`,
        );
    }
  }

  /** What is on offer, or gone, has nothing left to put on record. */
  #checkRecorded({ resource, type, seq }: WorldEvent): void {
    const between = this.#of(resource as string);
    if (between.owes !== null && promises(between.owes))
      this.#report(
        'record-per-turnover',
        `${type} of ${resource} (event ${seq}), and its turnover is not on record`,
      );
    between.owes = null;
  }

  #releaseOf(pool: string): ReleaseSpec {
    return this.#releases.get(pool) ?? this.#mirror.documents.pool.get(pool)?.on.release ?? {};
  }

  #of(id: string): Between {
    const known = this.#between.get(id);
    if (known !== undefined) return known;
    const fresh: Between = {
      epoch: 0,
      pool: '',
      owes: null,
      excuse: null,
      stage: 'free',
      holder: '',
      from: 'free',
      records: [],
    };
    this.#between.set(id, fresh);
    return fresh;
  }
}

function promises({ workflow, clean, verify }: ReleaseSpec): boolean {
  return workflow !== undefined || clean !== undefined || verify !== undefined;
}
