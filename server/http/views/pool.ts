import { formatDuration, targetSize } from '@poolkeeper/core';
import type { PoolState, RoundsSpec, StageSpec, Token } from '@poolkeeper/core';
import { isOverseer, mayUsePool } from '../access.ts';
import { instantText } from '../instant.ts';
import { viewProbe } from '../../schemas/health.ts';
import { viewStages } from '../../schemas/stages.ts';
import type { PoolBody } from '../schemas/pool.ts';

/** A pool as the API shows it to a token. A template and the transitions may say what is not meant for
 * holders, so they do not see them. */
export function viewPool(state: PoolState, token: Token): PoolBody {
  const { pool } = state;
  return {
    name: pool.name,
    parent: pool.parent !== null && mayUsePool(token, pool.parent) ? pool.parent : null,
    kind: pool.kind,
    provider: pool.provider,
    size: pool.size,
    split: [...(pool.split ?? [])],
    ...(pool.stages === undefined ? {} : { stages: viewStages(stagesFor(pool.stages, token)) }),
    template: isOverseer(token) ? pool.template : null,
    lease: {
      default: formatDuration(pool.lease.defaultMs),
      max: formatDuration(pool.lease.maxMs),
      queue: pool.lease.queue,
      warnBefore: pool.lease.warnMs === undefined ? null : formatDuration(pool.lease.warnMs),
    },
    quota: pool.quota,
    recycle: pool.recycle,
    on: isOverseer(token) ? pool.on : {},
    cooldown: formatDuration(pool.cooldownMs),
    maxUses: pool.maxUses,
    maxAge: pool.maxAgeMs === null ? null : formatDuration(pool.maxAgeMs),
    victims: pool.victims,
    rollout: pool.rollout,
    health: isOverseer(token) ? pool.health.map(viewProbe) : [],
    leaks: pool.leaks,
    cost: pool.cost,
    labels: pool.labels,
    ...(pool.rounds === undefined ? {} : { rounds: viewRounds(pool.rounds) }),
    status: pool.status,
    createdAt: instantText(pool.createdAt),
    version: pool.version,
    resources: { ...state.counts },
    target: targetSize(state),
    outdated: state.outdatedCount,
    unhealthy: state.unhealthyCount,
    held: state.heldCount,
    setAside: state.setAsideCount,
    queued: state.queue.size,
  };
}

/** What those are told that put members together is not meant for holders. */
function stagesFor(stages: StageSpec, token: Token): StageSpec {
  const { dynamic } = stages;
  if (dynamic === undefined || isOverseer(token)) return stages;
  return { ...stages, dynamic: { ...dynamic, content: null } };
}

function viewRounds(rounds: RoundsSpec): NonNullable<PoolBody['rounds']> {
  const { fetchMs, retries, backoffMs, reachableMs, updateMs } = rounds;
  return {
    fetch: formatDuration(fetchMs),
    retries,
    backoff: formatDuration(backoffMs),
    reachable: formatDuration(reachableMs),
    update: formatDuration(updateMs),
  };
}
