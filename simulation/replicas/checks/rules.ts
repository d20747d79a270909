import { RULES } from '../../kill/checks/finding.ts';
import type { Rule } from '../../kill/checks/finding.ts';

/** What has to be true of several replicas of one world, beside what has to be true of one server that is killed. */
export const REPLICA_RULES = {
  ...RULES,
  answered:
    'every request gets a proper answer, unless what it needs was broken: without a fault none fails but at a replica that is down, ' +
    'and while nobody keeps the world those that can be sent again wait for the next keeper',
  'terms-apart': 'batches are numbered without a gap, and no term writes after a later one has begun',
  'taken-over': 'after a fault of the keeper somebody grants again in time, at p99 of all faults',
  'handed-over':
    'a planned hand-over leaves nobody without grants for longer than it may, at p99 of all of them',
  'all-agree':
    'at rest every replica is ready and names the same keeper and term, which is the last of the database',
} as const satisfies Record<Rule, string> & Record<string, string>;

export type ReplicaRule = keyof typeof REPLICA_RULES;
