import type { HistoryEvent } from '../history-event.ts';
import type { Exchange, HeldResource, LeaseAnswer, Operation, Sighting, Stop, Visit } from '../journal.ts';
import { BOARDS, POOL, PROCESSES, TUBS } from '../configuration.ts';
import type { Evidence } from './check-run.ts';
import type { Rest, RestingResource } from './check-rest.ts';
import type { StepLine, VerifiedChain } from './check-turnovers.ts';

const START = Date.parse('2030-01-01T00:00:00.000Z');
const LEASE_MS = 5_000;

type Told = Partial<Pick<HistoryEvent, 'lease' | 'resource'>> & HistoryEvent['data'];

/** The instant so many milliseconds after the start of a hand-made run. */
export function at(ms: number): string {
  return new Date(START + ms).toISOString();
}

/** Writes a hand-made run: what the server wrote down, and what clients saw of it. Each event is a millisecond after the last. */
export class RunWriter {
  readonly history: HistoryEvent[] = [];
  readonly exchanges: Exchange[] = [];
  readonly visits: Visit[] = [];
  readonly sightings: Sighting[] = [];
  readonly stops: Stop[] = [];
  readonly ended: LeaseAnswer[] = [];
  rest: Rest = aRest();
  readonly turnovers: { steps: StepLine[]; chains: VerifiedChain[] } = { steps: [], chains: [] };
  #order = 0;

  /** An event; its number is the next. */
  tell(type: string, { lease = null, resource = null, ...data }: Told): HistoryEvent {
    const seq = this.history.length + 1;
    const event = { seq, at: at(seq), type, pool: null, resource, lease, holder: null, data };
    this.history.push(event);
    return event;
  }

  grant(lease: string, ...resources: HeldResource[]): HistoryEvent {
    return this.tell('lease.granted', { lease, resources, expiresAt: at(LEASE_MS) });
  }

  end(lease: string, reason: string, ...resources: HeldResource[]): HistoryEvent {
    const answer = aLease({
      id: lease,
      status: 'ended',
      endReason: reason,
      resources: reachless(resources),
      version: 9,
    });
    this.ended.push({ ...answer, note: lease });
    return this.tell('lease.ended', { lease, reason, resources });
  }

  /** A request that is answered before the next one is sent. */
  see(operation: Operation, answer: LeaseAnswer | null, more: Partial<Exchange> = {}): Exchange {
    const exchange: Exchange = {
      sent: (this.#order += 1),
      received: (this.#order += 1),
      sentAt: START,
      receivedAt: START,
      round: 3,
      client: 'client-1',
      server: 'http://server',
      operation,
      key: null,
      lease: answer?.id ?? null,
      outcome: 'answered',
      status: operation === 'acquire' ? 201 : 200,
      answer,
      why: '',
      ...more,
    };
    this.exchanges.push(exchange);
    return exchange;
  }

  evidence(): Evidence {
    const { history, exchanges, visits, sightings, stops, ended, rest, turnovers } = this;
    const journal = { exchanges, visits, sightings, stops };
    return { history, ended, watched: [...history], journal, rest, turnovers };
  }
}

export function aLease(overrides: Partial<LeaseAnswer>): LeaseAnswer {
  return {
    id: 'lease-1',
    status: 'active',
    endReason: null,
    resources: [],
    expiresAt: at(LEASE_MS),
    heartbeatBy: null,
    note: '',
    version: 1,
    ...overrides,
  };
}

export function held(id: string, epoch: number): HeldResource {
  return { id, name: id, pool: POOL.boards, epoch };
}

/** Resources as an answer shows them. */
export function reachless(resources: readonly HeldResource[]): LeaseAnswer['resources'] {
  return resources.map((resource) => ({ ...resource, endpoints: {} }));
}

/** A server at rest that is as it should be. `epochs` are those of boards that were lent. */
export function aRest(epochs: Readonly<Record<string, number>> = {}): Rest {
  const boards = Array.from({ length: BOARDS }, (_, index) => `board-${index}`);
  const tubs = Array.from({ length: TUBS }, (_, index) => `tub-${index}`);
  const made = [POOL.fresh, POOL.kept].flatMap((pool) =>
    Array.from({ length: PROCESSES }, (_, index) => ({ pool, id: `${pool}-${index}` })),
  );
  const member = (id: string, pool: string): RestingResource => {
    return { id, name: id, pool, status: 'free', epoch: epochs[id] ?? 0, endpoints: {} };
  };
  return {
    leases: [],
    resources: [
      ...boards.map((id) => member(id, POOL.boards)),
      ...tubs.map((id) => member(id, POOL.tubs)),
      ...made.map(({ id, pool }) => ({ ...member(id, pool), endpoints: { http: `http://${id}` } })),
    ],
    processes: made.map(({ id }, index) => ({
      pid: 100 + index,
      resource: id,
      command: 'node leased-server.js',
    })),
    answers: new Map(made.map(({ id }) => [`http://${id}`, id])),
  };
}
