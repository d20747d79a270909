import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';
import { followHealth, forgetVerdicts } from './follow-health.ts';
import { livenessOf } from './health.ts';
import { changeResource } from './change-resource.ts';

/** Characters of a probe's word that are kept. */
const DETAIL_LENGTH_MAX = 300;

export type ReportHealth = {
  readonly type: 'reportHealth';
  readonly resource: string;
  readonly probe: string;
  readonly isHealthy: boolean;
  /** For people, free of secrets: what was asked and what came; null where it passes. */
  readonly detail: string | null;
};

/**
 * Takes what a probe has come to of one resource, after as many answers in a row as it wants.
 *
 * Shape: only a change of the verdict changes anything; emits `resource.probed` and what follows from it. The verdict of a probe
 * that the pool has not, or not any more, is forgotten. Answers whether it counted.
 */
export function reportHealth(tx: Transaction, input: ReportHealth): { isAccepted: boolean } {
  const resource = tx.world.resources.get(input.resource);
  if (resource === undefined || !isProbed(resource)) return { isAccepted: false };
  const known = resource.probes?.find(({ probe }) => probe === input.probe);
  const spec = tx.world.pools.get(resource.pool)?.pool.health.find(({ name }) => name === input.probe);
  if (spec === undefined) {
    if (known !== undefined) followHealth(tx, forgetVerdicts(tx, resource, new Set([input.probe])));
    return { isAccepted: false };
  }
  if (known?.isHealthy === input.isHealthy) return { isAccepted: true };
  const { probe, isHealthy } = input;
  const detail = isHealthy ? null : (input.detail?.slice(0, DETAIL_LENGTH_MAX) ?? null);
  const others = resource.probes?.filter((verdict) => verdict.probe !== probe) ?? [];
  const probes = [...others, { probe, isHealthy, since: tx.now, detail }];
  const probed = changeResource(tx, resource, { probes });
  tx.emit(
    'resource.probed',
    { resource: resource.id, pool: resource.pool },
    { probe, healthy: isHealthy, detail, liveness: livenessOf(probed) },
  );
  followHealth(tx, probed);
  return { isAccepted: true };
}

/** Members are asked while they are free or leased: what is on its way is for its workflows to judge. */
export function isProbed({ status }: Resource): boolean {
  return status === 'free' || status === 'leased';
}
