import type { Chance } from '../chance.ts';
import type { Excused, Outage } from './checks/windows.ts';

type FaultTraits = {
  readonly what: string;
  /** What the time without grants counts as. */
  readonly measures: Outage['kind'];
  readonly excused: Excused;
};

/** What happens to replicas, their database, and the cables between them. */
export const FAULTS = {
  keeperKilled: { what: 'the keeper is killed', measures: 'taken-over', excused: 'unrepeatable' },
  keeperFrozen: {
    what: 'the keeper is halted for longer than its lease, and goes on',
    measures: 'taken-over',
    excused: 'unrepeatable',
  },
  keeperCut: {
    what: 'the connections of the keeper to the database are cut',
    measures: 'taken-over',
    excused: 'unrepeatable',
  },
  keeperUnheard: {
    what: 'what the keeper sends to the database is held, and arrives late',
    measures: 'taken-over',
    excused: 'unrepeatable',
  },
  keeperDeaf: {
    what: 'what the database answers the keeper is held',
    measures: 'taken-over',
    excused: 'unrepeatable',
  },
  keeperSlow: { what: 'the way from the keeper to the database is slow', measures: 'other', excused: 'none' },
  followerKilled: { what: 'a follower is killed', measures: 'other', excused: 'none' },
  followerCut: {
    what: 'the connections of a follower to the database are cut',
    measures: 'other',
    excused: 'none',
  },
  clusterCut: {
    what: 'the connections of the others to the keeper are cut',
    measures: 'other',
    excused: 'unavailable',
  },
  databaseRestarted: {
    what: 'the database is stopped and started',
    measures: 'other',
    excused: 'unavailable',
  },
  databaseKilled: {
    what: 'the database loses its power and comes back',
    measures: 'other',
    excused: 'unavailable',
  },
  databaseFrozen: {
    what: 'the database is halted for longer than the lease, and goes on',
    measures: 'other',
    excused: 'unavailable',
  },
  stepDown: { what: 'the keeper is asked to hand over', measures: 'handed-over', excused: 'none' },
  rollingRestart: {
    what: 'each replica is told to end, and started again, one after another',
    measures: 'handed-over',
    excused: 'none',
  },
} as const satisfies Readonly<Record<string, FaultTraits>>;

export type Fault = keyof typeof FAULTS;

/** Every fault in a drawn order, again and again: so many. */
export function drawFaults(chance: Chance, count: number): Fault[] {
  const drawn: Fault[] = [];
  while (drawn.length < count) {
    const left = Object.keys(FAULTS) as Fault[];
    while (left.length > 0) drawn.push(...left.splice(chance.int(0, left.length - 1), 1));
  }
  return drawn.slice(0, count);
}
