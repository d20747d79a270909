import type { HistoryEvent } from '../history-event.ts';
import type { Exchange, HeldResource } from '../journal.ts';

/** What has to be true of a server that is killed again and again, by name. */
export const RULES = {
  'events-gapless': 'events are numbered from 1 without a gap, and their time never runs backwards',
  'one-holder':
    'grants and ends of a resource alternate: nobody gets what another one holds, and nothing held is taken',
  'epoch-rises': 'each grant of a resource has a higher epoch than every one before it',
  'ended-stays-ended': 'a lease is granted once and ended once, and nothing happens to it afterwards',
  'grant-kept':
    'an active lease that a client was told of is in the history, with the same resources and epochs',
  'queued-kept': 'a queued lease that a client was told of is in the history',
  'renewal-kept': 'a renewal that a client was told of is in the history',
  'end-kept': 'an end that a client was told of is in the history',
  'end-caused': 'a lease ends because a client ended it or its time was over, and for no other reason',
  'one-lease-per-key': 'a repeated idempotency key never makes two leases',
  'seen-stays-seen': 'what was shown once is never unsaid: no event, no version, no lease',
  'fenced-apart': 'no two clients were certain of the same resource at the same time',
  'held-serves':
    'a leased process answers on its endpoint for as long as it is held, and is the one that was leased',
  'clean-before-free': 'nobody gets a tub with the mark of its last holder',
  'one-key-per-step': 'attempts at a step have one key, across kills',
  'records-proven':
    'each return of a tub has one record, and all of them verify as a chain with the published keys',
  answered: 'every request gets a proper answer, unless the server was killed under it',
  settles:
    'when the load ends, every lease ends, and every pool is back at its size with what the history says',
  'no-orphan': 'the processes of this data directory are exactly those of its live resources, one each',
  'file-intact': 'the database passes its integrity check',
  'stops-cleanly':
    'a server that is told to stop ends in bounded time with code 0, and logs no error on the way',
} as const;
export type Rule = keyof typeof RULES;

/** A rule that was broken, and what it says. `round` is the one in which it can be seen, where one is known. */
export type Finding = {
  readonly rule: string;
  readonly broken: string;
  readonly detail: string;
  readonly round: number | null;
  readonly evidence: readonly string[];
};

type Evidence = HistoryEvent | Exchange | string;

/** Collects findings against rules. */
export class Findings<R extends string = Rule> {
  readonly #rules: Readonly<Record<R, string>>;
  readonly #all: Finding[] = [];

  constructor(rules: Readonly<Record<R, string>>) {
    this.#rules = rules;
  }

  get all(): readonly Finding[] {
    return this.#all;
  }

  /** Says that a rule is broken, with the lines that show it. */
  add(rule: R, detail: string, ...evidence: readonly (Evidence | undefined)[]): void {
    const shown = evidence.filter((entry) => entry !== undefined);
    const exchange = shown.find((entry) => typeof entry === 'object' && 'round' in entry);
    const broken = this.#rules[rule];
    this.#all.push({ rule, broken, detail, round: exchange?.round ?? null, evidence: shown.map(describe) });
  }
}

function describe(entry: Evidence): string {
  if (typeof entry === 'string') return entry;
  return 'seq' in entry ? describeEvent(entry) : describeExchange(entry);
}

function describeEvent({ seq, at, type, lease, resource, data }: HistoryEvent): string {
  const { resources, ...rest } = data;
  const held = resources === undefined ? '' : ` ${namesOf(resources)}`;
  return `event ${seq} ${at} ${type} ${lease ?? resource ?? ''}${held} ${JSON.stringify(rest)}`;
}

function describeExchange(exchange: Exchange): string {
  const { client, server, round, operation, key, sent, received, sentAt } = exchange;
  const { outcome, status, why, answer, lease } = exchange;
  const shown =
    answer === null
      ? `${lease ?? ''} ${why}`
      : `${answer.id} ${answer.status} v${answer.version} ${namesOf(answer.resources)} until ${answer.expiresAt}`;
  const asked = key === null ? operation : `${operation} with key ${key}`;
  const when = `${new Date(sentAt).toISOString()} (${sent}–${received}) ${server}`;
  return `round ${round} ${when} ${client}: ${asked} → ${status ?? outcome} ${shown}`;
}

/** Resources with their epochs, in one order, so that equal lists are equal texts. */
export function namesOf(resources: readonly Pick<HeldResource, 'id' | 'epoch'>[]): string {
  const names = resources.map(({ id, epoch }) => `${id}@${epoch}`);
  return `[${names.toSorted().join(' ')}]`;
}
