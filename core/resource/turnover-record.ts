import type { Resource } from '../model/resource.ts';
import type { Run } from '../model/run.ts';
import type { OpenTurnover, TurnoverRecord, TurnoverVerdict } from '../model/turnover.ts';
import type { Transaction } from '../world/transaction.ts';

/**
 * What a resource that stays has been proven to be, by the run that ended its turnover. What passed in a run before that proves
 * nothing any more: it was followed by a failure, or by a release that no longer verifies.
 */
export function verdictOf(run: Run | null): TurnoverVerdict {
  const steps = run?.steps ?? [];
  if (steps.some(({ report }) => report?.outcome === 'skipped')) return 'skipped';
  const isVerified = steps.some(({ phase, report }) => phase === 'verify' && report?.outcome === 'passed');
  return isVerified ? 'verified' : 'cleaned';
}

/**
 * Writes the record of a turnover that is over, at the end of the resource's chain.
 *
 * Shape: answers what changes about the resource; nothing where it had nothing to prove. Emits `turnover.recorded`.
 */
export function recordTurnover(
  tx: Transaction,
  resource: Resource,
  verdict: TurnoverVerdict,
): Pick<Resource, 'turnover' | 'chain'> {
  const { turnover, chain } = resource;
  if (turnover === null) return { turnover, chain };
  const record = recordOf(resource, { turnover, verdict, endedAt: tx.now });
  const { hash, jws } = tx.context.sealRecord(record);
  const { number, endedAt } = record;
  tx.records.push({ resource: resource.id, number, endedAt, hash, jws });
  tx.emit(
    'turnover.recorded',
    {
      resource: resource.id,
      pool: resource.pool,
      ...(turnover.lease === null ? {} : { lease: turnover.lease }),
      ...(turnover.holder === null ? {} : { holder: turnover.holder }),
    },
    { number, epoch: turnover.epoch, verdict, hash },
  );
  return { turnover: null, chain: { count: number, hash } };
}

function recordOf(
  { id, name, pool, kind, provider, chain }: Resource,
  { turnover, verdict, endedAt }: { turnover: OpenTurnover; verdict: TurnoverVerdict; endedAt: number },
): TurnoverRecord {
  const { epoch, lease, holder, startedAt, steps } = turnover;
  return {
    resource: id,
    name,
    pool,
    kind,
    provider,
    number: (chain?.count ?? 0) + 1,
    previous: chain?.hash ?? null,
    epoch,
    lease,
    holder,
    startedAt,
    endedAt,
    verdict,
    steps,
  };
}
