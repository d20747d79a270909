import { Refusal } from '@poolkeeper/core';
import type { ClusterPart, ClusterStatus } from '../http/cluster-part.ts';
import type { Leadership, SharedStore } from '../store/shared-contract.ts';
import type { Timers } from '../timers.ts';
import type { ClusterView } from './contract.ts';
import { ANSWER_MS_MAX } from './known-leadership.ts';
import { withinTime } from './within-time.ts';

/** How long another may take to keep the world after it was handed over, in milliseconds. */
const HAND_OVER_MS_MAX = 10_000;

export type ClusterPartInput = {
  readonly view: ClusterView;
  readonly store: Pick<SharedStore, 'findLeadership' | 'listReplicas' | 'resume'>;
  /** The last term and batch that this replica heard of, and the last batch whose changes it knows. */
  readonly known: () => { readonly term: number; readonly batch: number; readonly followedBatch: number };
  /** Has it the secret that forwarding needs? */
  readonly canForward: boolean;
  readonly timers: Timers;
};

/** What the API tells of the replicas, from what this one knows and what the database says now. */
export function createClusterPart(input: ClusterPartInput): ClusterPart {
  const { view, store, known, canForward } = input;
  return {
    status: async () => {
      const seen = await withinTime(input.timers, ANSWER_MS_MAX, lookAt(store)).catch(() => undefined);
      return seen === undefined ? statusAlone(input) : statusOf(input, seen);
    },
    stepDown: async () => {
      await view.stepDown();
      await untilAnotherKeeps(input);
    },
    resume: async () => {
      const { halt } = await store.findLeadership();
      if (halt === null) throw new Refusal('not_halted', 'No halt stands, so there is nothing to resume.');
      await store.resume();
    },
    isKeeping: () => view.role() === 'keeping',
    whyNotReady: () => whyNotReady(view, canForward),
    numbers: () => {
      const { term, batch, followedBatch } = known();
      return { term, lagBatches: Math.max(0, batch - followedBatch) };
    },
  };
}

type Seen = {
  readonly leadership: Leadership;
  readonly replicas: Awaited<ReturnType<SharedStore['listReplicas']>>;
};

async function lookAt(store: ClusterPartInput['store']): Promise<Seen> {
  const [leadership, replicas] = await Promise.all([store.findLeadership(), store.listReplicas()]);
  return { leadership, replicas };
}

function selfOf({ view }: ClusterPartInput): ClusterStatus['self'] {
  const { id, name } = view.self;
  return { id, name, role: view.role() };
}

function statusOf(input: ClusterPartInput, { leadership, replicas }: Seen): ClusterStatus {
  const { keeper, term, remainingMs, batch, halt } = leadership;
  return {
    mode: 'replicas',
    self: selfOf(input),
    // The row may name one still, who decides nothing.
    keeper: halt === null ? keeper : null,
    term,
    remainingMs: halt === null ? remainingMs : 0,
    batch,
    isDatabaseReached: true,
    halt,
    replicas: standing(replicas).map((replica) => ({
      ...replica,
      lagBatches: Math.max(0, batch - replica.batch),
      isSelf: replica.id === input.view.self.id,
    })),
  };
}

/** By name; one that was started again is not shown a second time as it was before. */
function standing(replicas: Seen['replicas']): Seen['replicas'] {
  const newest = new Map<string, Seen['replicas'][number]>();
  for (const replica of replicas.toSorted((a, b) => b.seenMsAgo - a.seenMsAgo))
    newest.set(`${replica.name} ${replica.address}`, replica);
  return [...newest.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What it knows by itself while the database does not answer. */
function statusAlone(input: ClusterPartInput): ClusterStatus {
  const { view } = input;
  const { term, batch } = input.known();
  return {
    mode: 'replicas',
    self: selfOf(input),
    keeper: view.keeper()?.card ?? null,
    term,
    batch,
    remainingMs: 0,
    isDatabaseReached: false,
    halt: view.halt(),
    replicas: [],
  };
}

function whyNotReady(view: ClusterView, canForward: boolean): Refusal | undefined {
  const { name } = view.self;
  const role = view.role();
  if (role === 'keeping' || role === 'takingOver' || role === 'handingOver') return undefined;
  if (role === 'halted')
    return new Refusal(
      'world_halted',
      'The database went back, and nobody decides until an admin resumes. See GET /v1/cluster.',
    );
  if (role === 'stopped') return new Refusal('stopping', `Replica ${name} is stopping.`);
  if (role === 'starting')
    return new Refusal('no_keeper', `Replica ${name} is starting: it does not know the world yet.`);
  const keeper = view.keeper();
  if (keeper === undefined)
    return new Refusal('no_keeper', `Replica ${name} follows, and nobody keeps the world now.`);
  if (canForward) return undefined;
  return new Refusal(
    'keeper_unreachable',
    `Replica ${keeper.card.name} keeps the world, and ${name} was given no POOLKEEPER_CLUSTER_SECRET to reach it with.`,
  );
}

/** Errors: `no_keeper` when nobody does in time. */
function untilAnotherKeeps({ view, timers }: ClusterPartInput): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const keeper = view.keeper();
      if (keeper === undefined || keeper.isSelf) return;
      stop();
      resolve();
    };
    const cancel = timers.set(HAND_OVER_MS_MAX, () => {
      stop();
      const why = `The world was handed over, and nobody kept it within ${HAND_OVER_MS_MAX / 1_000} s. See GET /v1/cluster.`;
      reject(new Refusal('no_keeper', why));
    });
    const unwatch = view.onChange(look);
    const stop = (): void => {
      cancel();
      unwatch();
    };
    look();
  });
}
