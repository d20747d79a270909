import type { HistoryEvent } from '../history-event.ts';
import type { HeldResource } from '../journal.ts';
import type { Findings } from './finding.ts';
import { namesOf } from './finding.ts';

/** The events of one lease. */
export type LeaseStory = {
  queued: HistoryEvent | undefined;
  granted: HistoryEvent | undefined;
  ended: HistoryEvent | undefined;
  readonly renewed: HistoryEvent[];
};

/** What the history says, retold by lease and by resource. */
export type Story = {
  readonly leases: ReadonlyMap<string, LeaseStory>;
  /** The highest epoch at which each resource was granted. */
  readonly epochs: ReadonlyMap<string, number>;
  /** Resources that went for good. */
  readonly gone: ReadonlySet<string>;
};

/** What may not happen to a resource while a lease holds it. */
const NOT_WHILE_HELD = new Set([
  'resource.entered',
  'resource.freed',
  'resource.exiting',
  'resource.gone',
  'resource.quarantined',
]);

/**
 * Retells the history and checks all that it shows by itself: numbers, holders, epochs, and the order of each lease's life.
 *
 * It knows what the events mean and nothing of how the server decides.
 */
export function retell(events: readonly HistoryEvent[], findings: Findings): Story {
  checkNumbers(events, findings);
  const teller = new Teller(findings);
  for (const event of events) teller.take(event);
  return teller;
}

function checkNumbers(events: readonly HistoryEvent[], findings: Findings): void {
  let before: HistoryEvent | undefined;
  for (const event of events) {
    const expected = (before?.seq ?? 0) + 1;
    if (event.seq !== expected) {
      findings.add(
        'events-gapless',
        `event ${event.seq} stands where ${expected} is expected`,
        before,
        event,
      );
    }
    if (before !== undefined && Date.parse(event.at) < Date.parse(before.at)) {
      findings.add('events-gapless', `event ${event.seq} is earlier than the one before it`, before, event);
    }
    before = event;
  }
}

class Teller implements Story {
  readonly leases = new Map<string, LeaseStory>();
  readonly epochs = new Map<string, number>();
  readonly gone = new Set<string>();
  /** The grant by which each resource is held now. */
  readonly #holding = new Map<string, HistoryEvent>();
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  take(event: HistoryEvent): void {
    if (event.resource !== null && NOT_WHILE_HELD.has(event.type)) this.#takeResource(event, event.resource);
    // What happens to a resource may say for whom, also after the lease.
    if (event.lease !== null && event.type.startsWith('lease.')) this.#takeLease(event, event.lease);
  }

  #takeResource(event: HistoryEvent, id: string): void {
    const grant = this.#holding.get(id);
    if (grant !== undefined) {
      this.#findings.add('one-holder', `${event.type} of ${id} while ${grant.lease} holds it`, grant, event);
    }
    if (event.type === 'resource.gone') this.gone.add(id);
  }

  #takeLease(event: HistoryEvent, id: string): void {
    const lease = this.leases.get(id) ?? {
      queued: undefined,
      granted: undefined,
      ended: undefined,
      renewed: [],
    };
    this.leases.set(id, lease);
    if (lease.ended !== undefined) {
      this.#findings.add(
        'ended-stays-ended',
        `${event.type} of lease ${id}, which had ended`,
        lease.ended,
        event,
      );
    }
    switch (event.type) {
      case 'lease.queued':
        lease.queued = event;
        break;
      case 'lease.granted':
        this.#grant(lease, event);
        break;
      case 'lease.renewed':
        lease.renewed.push(event);
        break;
      case 'lease.ended':
        this.#end(lease, event);
        break;
    }
  }

  #grant(lease: LeaseStory, event: HistoryEvent): void {
    if (lease.granted !== undefined) {
      this.#findings.add('ended-stays-ended', `lease ${event.lease} is granted twice`, lease.granted, event);
    }
    lease.granted = event;
    for (const { id, epoch } of heldIn(event)) {
      const grant = this.#holding.get(id);
      if (grant !== undefined) {
        this.#findings.add('one-holder', `${id} is granted while ${grant.lease} holds it`, grant, event);
      }
      const before = this.epochs.get(id) ?? 0;
      if (epoch <= before) {
        this.#findings.add('epoch-rises', `${id} is granted at epoch ${epoch} after epoch ${before}`, event);
      }
      if (this.gone.has(id)) this.#findings.add('one-holder', `${id} is granted after it went`, event);
      this.epochs.set(id, Math.max(epoch, before));
      this.#holding.set(id, event);
    }
  }

  #end(lease: LeaseStory, event: HistoryEvent): void {
    lease.ended = event;
    const held = lease.granted === undefined ? [] : heldIn(lease.granted);
    if (namesOf(held) !== namesOf(heldIn(event))) {
      this.#findings.add(
        'one-holder',
        `lease ${event.lease} gives back what it was not given`,
        lease.granted,
        event,
      );
    }
    for (const { id } of held) if (this.#holding.get(id) === lease.granted) this.#holding.delete(id);
  }
}

function heldIn({ data }: HistoryEvent): readonly HeldResource[] {
  return data.resources ?? [];
}
