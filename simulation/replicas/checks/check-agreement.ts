import type { Findings } from '../../kill/checks/finding.ts';
import type { Turn } from '../turn-log.ts';
import type { ReplicaRule } from './rules.ts';

/** Whom a replica takes for the keeper at rest. */
export type Opinion = {
  readonly replica: string;
  readonly isReady: boolean;
  readonly keeper: string | null;
  readonly term: number;
};

/** Checks that all replicas mean the same keeper, and that the database means it too. */
export function checkAgreement(
  opinions: readonly Opinion[],
  turns: readonly Turn[],
  findings: Findings<ReplicaRule>,
): void {
  const [first] = opinions;
  const shown = opinions.map(
    ({ replica, isReady, keeper, term }) =>
      `${replica} is ${isReady ? 'ready' : 'not ready'}, follows ${keeper ?? 'nobody'} under term ${term}`,
  );
  const isOne = opinions.every(
    ({ isReady, keeper, term }) =>
      isReady && keeper !== null && keeper === first?.keeper && term === first.term,
  );
  if (!isOne) findings.add('all-agree', 'the replicas do not agree', ...shown);
  const last = turns.at(-1);
  if (last !== undefined && first !== undefined && first.term !== last.term)
    findings.add('all-agree', `the database is at term ${last.term}`, ...shown);
}
