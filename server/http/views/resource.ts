import { actionsOn, livenessOf, stageAt, stageOf } from '@poolkeeper/core';
import type { MachineDetails, Resource, Token, World } from '@poolkeeper/core';
import { isOverseer } from '../access.ts';
import { instantText, maybeInstantText } from '../instant.ts';
import type { ResourceBody } from '../schemas/resource.ts';

const NOTHING = Object.freeze({});
const NONE: readonly string[] = Object.freeze([]);

/**
 * A resource as the API shows it to a token. A holder sees who has it, and what leads to it, only of what it holds itself:
 * an address is half a key.
 */
export function viewResource(world: World, resource: Resource, token: Token): ResourceBody {
  const isShown = isOverseer(token) || isHeldBy(world, resource, token.name);
  return {
    id: resource.id,
    name: resource.name,
    pool: resource.pool,
    kind: resource.kind,
    provider: resource.provider,
    status: resource.status,
    hold: resource.hold === null ? null : { ...resource.hold, since: instantText(resource.hold.since) },
    epoch: resource.epoch,
    labels: resource.labels,
    params: resource.params,
    ...(world.credentials.has(resource.id) ? { hasCredentials: true as const } : {}),
    profiles: resource.profiles,
    addresses: isShown ? resource.addresses : NONE,
    endpoints: isShown ? resource.endpoints : NOTHING,
    lease: isShown ? resource.leaseId : null,
    externalId: isShown ? resource.externalId : null,
    machine: resource.machine,
    liveness: livenessOf(resource),
    probes: (resource.probes ?? []).map(({ probe, isHealthy, since, detail }) => ({
      probe,
      healthy: isHealthy,
      since: instantText(since),
      // It says where the resource is reached.
      detail: isShown ? detail : null,
    })),
    unhealthySince: maybeInstantText(resource.unhealthySince),
    evictable: resource.isEvictable,
    active: resource.isActive !== false,
    ...(resource.serviceState === undefined ? {} : { serviceState: resource.serviceState }),
    ...(resource.details === undefined ? {} : { details: viewDetails(resource.details, isShown) }),
    ...viewStage(world, resource, isShown),
    uses: resource.uses,
    run: isShown ? resource.run : null,
    turnover: viewTurnover(resource.turnover, isOverseer(token)),
    restsUntil: maybeInstantText(resource.restsUntil),
    destination: isShown ? (resource.destination?.pool ?? null) : null,
    fate: resource.fate,
    actions: actionsOn(resource),
    createdAt: instantText(resource.createdAt),
    since: instantText(resource.since),
    version: resource.version,
  };
}

/** What clients keep with it may be half a key too. */
function viewStage(world: World, resource: Resource, isShown: boolean): Pick<ResourceBody, 'stage'> {
  if (world.pools.get(resource.pool)?.pool.stages === undefined) return {};
  const at = { name: stageOf(resource), at: instantText(stageAt(resource)) };
  return { stage: { ...at, ...(isShown ? { data: resource.stage?.data ?? NOTHING } : {}) } };
}

/** What leads to it, and what its cloud says beside, is for those who see its addresses. */
function viewDetails(details: MachineDetails, isShown: boolean): NonNullable<ResourceBody['details']> {
  const { launchedAt, requestedAt, publicAddresses, privateAddresses, cloud, region, size, metadata } =
    details;
  return {
    launchedAt: maybeInstantText(launchedAt),
    requestedAt: maybeInstantText(requestedAt),
    publicAddresses: isShown ? publicAddresses : NONE,
    privateAddresses: isShown ? privateAddresses : NONE,
    cloud,
    region,
    size,
    ...(metadata === undefined || !isShown ? {} : { metadata }),
  };
}

/** Who had it before is for those who see what others hold. */
function viewTurnover(turnover: Resource['turnover'], isShown: boolean): ResourceBody['turnover'] {
  if (turnover === null) return null;
  const { startedAt, epoch, lease, holder, steps } = turnover;
  const before = isShown ? { lease, holder } : { lease: null, holder: null };
  return { since: instantText(startedAt), epoch, ...before, steps: steps.length };
}

function isHeldBy(world: World, resource: Resource, holder: string): boolean {
  if (resource.leaseId === null || resource.status === 'free') return false;
  return world.leases.get(resource.leaseId)?.holder === holder;
}
