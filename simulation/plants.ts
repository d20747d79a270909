import { fitsSelector, putDocument } from '@poolkeeper/core';
import type { Change, Command, Decision, LiveLease, QueuedLease, Resource, World } from '@poolkeeper/core';
import { CLUSTER_PLANTS } from './cluster/cluster-plants.ts';
import { HAND_OVER_PLANTS } from './hand-over-plants.ts';
import type { Plant } from './plant.ts';
import { TURNOVER_PLANTS } from './turnover-plants.ts';
import { withCommit } from './with-commit.ts';

/** Faults that the simulation has to find, each put into the product from outside. */
export const PLANTS: Readonly<Record<string, Plant>> = {
  doubleGrant: {
    about: 'gives a resource to a second holder when none is free',
    breaks: ['one-holder', 'R2'],
    decide: (real, chance) => (world, command, context) => {
      const taken = chance.is(0.3) ? findLeased(world, command) : undefined;
      if (taken === undefined) return real(world, command, context);
      const offered: Resource = { ...taken, status: 'free', leaseId: null };
      putDocument(world, 'resource', taken.id, offered);
      try {
        return real(world, command, context);
      } finally {
        // One that nobody took stays its holder's.
        if (world.resources.get(taken.id) === offered) putDocument(world, 'resource', taken.id, taken);
      }
    },
  },
  lostWaiter: {
    about: 'forgets at times that somebody waits when a lease ends',
    breaks: ['lost-waiter', 'L3'],
    decide: (real, chance) => (world, command, context) => {
      const waiting = isEnd(command) && chance.is(0.5) ? waitingForOne(world, command) : [];
      return without(world, waiting, () => real(world, command, context));
    },
  },
  ignoredOrder: {
    about: 'passes at times over who is first in line',
    breaks: ['order'],
    decide: (real, chance) => (world, command, context) => {
      const line = isEnd(command) && chance.is(0.8) ? waitingForOne(world, command) : [];
      const passed = line.filter((lease) => line.some((other) => isBehind(world, other, lease)));
      return without(world, passed, () => real(world, command, context));
    },
  },
  missedExpiry: {
    about: 'makes a lease last on that should end, without a word',
    breaks: ['expiry'],
    decide: (real, chance) => (world, command, context) => {
      const due = command.type === 'tick' && chance.is(0.3) ? findDue(world, context.now) : undefined;
      if (due === undefined) return real(world, command, context);
      const longer = { ...due, expiresAt: context.now + 600_000, heartbeatBy: null };
      putDocument(world, 'lease', due.id, longer);
      const decision = real(world, command, context);
      return {
        ...decision,
        changes: [{ kind: 'lease', id: due.id, before: due, after: longer }, ...decision.changes],
      };
    },
  },
  looseQuota: {
    about: 'lets every holder have one more than its quota',
    breaks: ['quota'],
    decide: (real) => (world, command, context) => {
      if (command.type !== 'requestLease') return real(world, command, context);
      const before = [...world.pools.values()].map((state) => ({ state, pool: state.pool }));
      for (const { state, pool } of before) {
        const quota = Object.entries(pool.quota).map(([name, most]) => [name, most + 1]);
        state.pool = { ...pool, quota: Object.fromEntries(quota) as typeof pool.quota };
      }
      try {
        return real(world, command, context);
      } finally {
        for (const { state, pool } of before) state.pool = pool;
      }
    },
  },
  idleRollout: {
    about: 'leaves what an older template made as it is',
    breaks: ['P14'],
    decide: (real) => (world, command, context) => {
      const before = [...world.pools.values()].map((state) => ({ state, pool: state.pool }));
      const asleep = new Map(
        before.map(({ state, pool }) => {
          state.pool = { ...pool, rollout: { atOnce: 0 } };
          return [state, state.pool] as const;
        }),
      );
      try {
        return real(world, command, context);
      } finally {
        for (const { state, pool } of before) if (state.pool === asleep.get(state)) state.pool = pool;
      }
    },
  },
  sameEpoch: {
    about: 'hands a resource over at times without a new epoch',
    breaks: ['epoch-rises'],
    decide: (real, chance) => (world, command, context) => {
      const decision = real(world, command, context);
      const isGrant = decision.events.some(({ type }) => type === 'lease.granted');
      return isGrant && chance.is(0.2) ? withOldEpochs(world, decision) : decision;
    },
  },
  forgottenKey: {
    about: 'does not remember the idempotency key of some requests',
    breaks: ['one-lease-per-key'],
    decide: (real, chance) => (world, command, context) => {
      if (command.type !== 'requestLease' || chance.is(0.5)) return real(world, command, context);
      const { idempotency: _, ...forgetful } = command;
      return real(world, forgetful as typeof command, context);
    },
  },
  forgottenJob: {
    about: 'loses a job now and then on its way to the runner',
    breaks: ['settles'],
    runner: (real, chance) => ({
      accept: (ticket) => {
        if (!chance.is(0.2)) real.accept(ticket);
      },
      drop: (job) => real.drop(job),
      look: (upkeep, look) => real.look(upkeep, look),
      [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
    }),
  },
  earlyReply: {
    about: 'answers before what it decided is durable',
    breaks: ['shown-is-durable', 'feed-is-complete'],
    store: (real) => {
      let written: Promise<void> = Promise.resolve();
      return withCommit(real, async (batch) => {
        written = written.then(() => real.commit(batch)).catch(() => {});
      });
    },
  },
  eventGap: {
    about: 'leaves an event out of a commit now and then',
    breaks: ['events-gapless'],
    store: (real, chance) =>
      withCommit(real, (batch) =>
        real.commit(chance.is(0.05) ? { ...batch, events: batch.events.slice(1) } : batch),
      ),
  },
  unwrittenChange: {
    about: 'leaves a document out of a commit now and then',
    breaks: ['memory-is-disk', 'survives-restart', 'events-tell-all'],
    store: (real, chance) =>
      withCommit(real, (batch) =>
        real.commit(chance.is(0.05) ? { ...batch, upserts: batch.upserts.slice(1) } : batch),
      ),
  },
  ...TURNOVER_PLANTS,
  ...CLUSTER_PLANTS,
  ...HAND_OVER_PLANTS,
};

/** A resource that somebody has, which a request for one resource would take if it were free; no free one would do. */
function findLeased(world: World, command: Command): Resource | undefined {
  if (command.type !== 'requestLease') return undefined;
  const [item, ...more] = command.items;
  if (item === undefined || more.length > 0 || item.count !== 1) return undefined;
  // Who passes a queue breaks its order, which is another fault.
  if (world.pools.get(item.pool)?.queue.size !== 0) return undefined;
  if (world.pools.get(item.pool)?.pool.size !== null) return undefined;
  const fitting = [...world.resources.values()].filter(
    (resource) =>
      resource.pool === item.pool &&
      fitsSelector(resource, { match: item.match ?? {}, filter: item.filter ?? null }),
  );
  if (fitting.some(({ status }) => status === 'free')) return undefined;
  return fitting.find(({ status }) => status === 'leased');
}

function isEnd(command: Command): boolean {
  return command.type === 'endLease' || command.type === 'tick';
}

/** Queued leases of one item, which have nothing set aside and are not what the command ends. */
function waitingForOne(world: World, command: Command): QueuedLease[] {
  const ending = command.type === 'endLease' ? command.lease : undefined;
  return [...world.leases.values()].filter(
    (one): one is QueuedLease =>
      one.status === 'queued' && one.id !== ending && one.items.length === 1 && one.setAside.length === 0,
  );
}

/** Does `other` wait for the same as `lease`, and come later in the order of the pool? */
function isBehind(world: World, other: QueuedLease, lease: QueuedLease): boolean {
  if (JSON.stringify(other.items) !== JSON.stringify(lease.items)) return false;
  const order = world.pools.get(lease.items[0]?.pool ?? '')?.pool.lease.queue;
  if (order === 'priority' && other.priority !== lease.priority) return other.priority < lease.priority;
  return order !== 'fair' && other.seq > lease.seq;
}

/** Decides as if leases that wait were not there. */
function without<T>(world: World, leases: readonly QueuedLease[], decideThen: () => T): T {
  for (const { id } of leases) putDocument(world, 'lease', id, undefined);
  try {
    return decideThen();
  } finally {
    for (const lease of leases) putDocument(world, 'lease', lease.id, lease);
  }
}

function findDue(world: World, now: number): Exclude<LiveLease, QueuedLease> | undefined {
  for (const lease of world.leases.values())
    if (lease.status !== 'queued' && lease.expiresAt <= now) return lease;
  return undefined;
}

/** The decision as it would be if the grants in it had not raised the epochs. */
function withOldEpochs<R>(world: World, decision: Decision<R>): Decision<R> {
  const changes = decision.changes.map((change): Change => {
    const { kind, after } = change;
    if (kind === 'resource' && after?.status === 'leased' && after.epoch > (change.before?.epoch ?? 0)) {
      return { ...change, after: { ...after, epoch: after.epoch - 1 } };
    }
    if (
      kind === 'lease' &&
      after !== undefined &&
      after.status !== 'queued' &&
      change.before?.status !== after.status
    ) {
      const members = after.members.map((member) => ({ ...member, epoch: member.epoch - 1 }));
      return { ...change, after: { ...after, members } };
    }
    return change;
  });
  for (const change of changes) {
    if (change.kind === 'resource' || change.kind === 'lease')
      putDocument(world, change.kind, change.id, change.after);
  }
  const events = decision.events.map((event) => {
    if (event.type !== 'lease.granted') return event;
    const granted = event.data['resources'] as readonly { readonly epoch: number }[];
    return {
      ...event,
      data: { ...event.data, resources: granted.map((one) => ({ ...one, epoch: one.epoch - 1 })) },
    };
  });
  return { ...decision, changes, events };
}
