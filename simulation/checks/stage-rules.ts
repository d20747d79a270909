import type {
  decide,
  Resource,
  TakeByStage,
  TakenByStage,
  TakenNamed,
  TakeNamed,
  Waiter,
  World,
} from '@poolkeeper/core';
import type { TakeAwaySilent } from '../../core/stage/take-away-silent.ts';
import type { Report } from '../report.ts';

/**
 * Watches each decision of pools that are handed over by stage, and compares it with what the rules say of the documents that it was made
 * on: whose turn it is, which member that is, who keeps which place. It goes through all documents, and knows of no index.
 */
export function watchStages(real: typeof decide, report: Report): typeof decide {
  return (world, command, context) => {
    const { now } = context;
    switch (command.type) {
      case 'takeByStage': {
        const expected = expectTake(world, command, now);
        const known = new Set(world.leases.keys());
        const decision = real(world, command, context);
        const reply = decision.reply as TakenByStage;
        const isOld = reply.result === 'taken' && known.has(reply.lease);
        if (expected !== null && !isOld) compareTake(world, { command, expected, reply }, report);
        if (isOld && world.pools.get(command.pool)?.pool.stages?.isRepeatable !== true)
          report('turn', `${command.holder} got what it had already by ${reply.lease}`);
        return decision;
      }
      case 'takeNamed': {
        const expected = expectNamed(world, command);
        const decision = real(world, command, context);
        const { taken } = decision.reply as unknown as TakenNamed;
        const names = taken.map(({ name }) => name).join();
        if (names !== expected)
          report(
            'turn',
            `${command.holder} asked for ${command.names.join()} at ${command.stage}, got ${names || 'nothing'}, and could have had ${expected || 'nothing'}`,
          );
        return decision;
      }
      case 'takeAwaySilent': {
        const expected = expectSilent(world, command, now);
        const decision = real(world, command, context);
        const names = Object.keys(decision.reply as object)
          .toSorted()
          .join();
        if (names !== expected)
          report(
            'silent-alone',
            `who is silent for ${command.silentMs} ms at ${command.stage} of ${command.pool} has ${expected || 'nothing'}, and ${names || 'nothing'} was taken away`,
          );
        return decision;
      }
      default:
        return real(world, command, context);
    }
  };
}

/** What has to come of a request. `waiters`: who keeps a place there afterwards, in order; the request itself too where it has to wait. */
type Expected = {
  readonly resource: Resource | undefined;
  readonly waiters: readonly string[];
  readonly members: number;
};

/** Null: the pool gives nothing any more. */
function expectTake(world: World, { pool, stage, request }: TakeByStage, now: number): Expected | null {
  if (world.pools.get(pool)?.pool.status !== 'open') return null;
  const line = lineOf(world, pool, stage);
  const own = request === null ? -1 : line.findIndex((waiter) => waiter.request === request);
  const before = own < 0 ? line : line.slice(0, own);
  const rank = 1 + before.filter(({ askBy }) => askBy >= now).length;
  const members = membersOf(world, pool);
  const there = members.filter((resource) => standsAt(resource) === stage).toSorted(byAge);
  const resource = there[rank - 1];
  const others = line.filter((waiter) => waiter.request !== request).map(({ request: other }) => other);
  const dynamic = world.pools.get(pool)?.pool.stages?.dynamic;
  const isMade =
    request !== null && own < 0 && resource === undefined && members.length < (dynamic?.max ?? 0);
  const waiters =
    request === null || resource !== undefined
      ? others
      : own < 0
        ? [...others, request]
        : line.map((waiter) => waiter.request);
  return { resource, waiters, members: members.length + (isMade ? 1 : 0) };
}

function compareTake(
  world: World,
  { command, expected, reply }: { command: TakeByStage; expected: Expected; reply: TakenByStage },
  report: Report,
): void {
  const { pool, stage, request, holder } = command;
  const got = reply.result === 'taken' ? reply.resource.name : 'nothing';
  const due = expected.resource?.name ?? 'nothing';
  const who = `${holder} (${request ?? 'without an id'})`;
  if (got !== due) report('turn', `${who} asked for ${stage} of ${pool} and got ${got}; its turn was ${due}`);
  const waiters = lineOf(world, pool, stage).map((waiter) => waiter.request);
  if (waiters.join() !== expected.waiters.join())
    report(
      'place-kept',
      `after ${who}, ${waiters.join() || 'nobody'} waits for ${stage} of ${pool}; ${expected.waiters.join() || 'nobody'} has to`,
    );
  const members = membersOf(world, pool).length;
  if (members !== expected.members)
    report('made-on-demand', `after ${who}, ${pool} has ${members} members in place of ${expected.members}`);
}

/** Those of the names that can be had, oldest first; of a request for all or nothing none where one is missing. */
function expectNamed(world: World, { names, stage, isAtomic }: TakeNamed): string {
  const wanted = new Set(names);
  const there = [...world.resources.values()].filter(
    (resource) =>
      wanted.has(resource.name) &&
      world.pools.get(resource.pool)?.pool.stages !== undefined &&
      standsAt(resource) === stage,
  );
  if (isAtomic && there.length < wanted.size) return '';
  return there
    .toSorted(byAge)
    .map(({ name }) => name)
    .join();
}

/** Members at the stage whose holder said nothing for as long, by name. */
function expectSilent(world: World, { pool, stage, silentMs }: TakeAwaySilent, now: number): string {
  const silent = membersOf(world, pool).filter(({ status, stage: at }) => {
    if (status !== 'leased' || at?.from === undefined || at.name !== stage) return false;
    return silentMs <= 0 || now - at.at >= silentMs;
  });
  return silent
    .map(({ name }) => name)
    .toSorted()
    .join();
}

function membersOf(world: World, pool: string): Resource[] {
  return [...world.resources.values()].filter(
    (resource) => resource.pool === pool && resource.status !== 'exiting',
  );
}

function lineOf(world: World, pool: string, stage: string): Waiter[] {
  return [...world.waiters.values()]
    .filter((waiter) => waiter.pool === pool && waiter.stage === stage)
    .toSorted((a, b) => a.seq - b.seq);
}

/** The stage from which a client may take it; null where nobody may. */
function standsAt({ status, leaseId, hold, run, turnover, restsUntil, stage }: Resource): string | null {
  if (hold !== null || run !== null || restsUntil !== null) return null;
  if (status === 'free') return leaseId === null ? 'free' : null;
  return status === 'cleaning' && turnover === null && stage !== undefined ? stage.name : null;
}

/** Who stands there longest comes first. */
function byAge(a: Resource, b: Resource): number {
  return ageOf(a) - ageOf(b) || (a.name < b.name ? -1 : 1);
}

function ageOf({ status, since, stage }: Resource): number {
  return status === 'free' ? since : (stage?.at ?? since);
}
