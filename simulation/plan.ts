import type { PoolSpec, QueueOrder, TokenQuota, WorkflowSpec } from '@poolkeeper/core';
import { QUEUE_ORDERS, RECYCLES } from '@poolkeeper/core';
import { accountPool, drawAccounts } from './accounts/draw-accounts.ts';
import type { Chance } from './chance.ts';
import { drawMoves, drawWorkflow, WORKFLOW_NAMES } from './draw-moves.ts';
import { drawTypes } from './stages/draw-stages.ts';
import type { PlannedType } from './stages/draw-stages.ts';

export type PlannedPool = {
  readonly name: string;
  readonly spec: Partial<PoolSpec>;
  /** Labels of the members that are registered at first, where the pool makes none. */
  readonly members: readonly Readonly<Record<string, string>>[];
};

/** Kinds of things that may happen in a step; a weight of 0 leaves one out of the run. */
export type Weights = Readonly<Record<StepKind, number>>;
const STEP_KINDS = [
  'ask',
  'retry',
  'wait',
  'beat',
  'renew',
  'release',
  'look',
  'forget',
  'pool',
  'reshape',
  'register',
  'resource',
  'relabel',
  'workflow',
  'approve',
  'operatorEnd',
  'token',
  'thing',
  'mood',
  'storeMood',
  'clock',
  'echo',
  'crash',
  'restart',
  'takeOver',
  'idle',
] as const;
/** What happens in runs with pools that are handed over by stage, and in runs with accounts. */
const STAGE_KINDS = ['take', 'takeNamed', 'note', 'putBack', 'lose', 'janitor', 'reaper', 'sync'] as const;
const ACCOUNT_KINDS = ['credentials', 'lateUse', 'account'] as const;
export type StepKind = (typeof STEP_KINDS | typeof STAGE_KINDS | typeof ACCOUNT_KINDS)[number];

/** What one run is about. */
export type Plan = {
  /** Processes that share the world; one in most runs. */
  readonly replicas: number;
  readonly pools: readonly PlannedPool[];
  /** Pools that are handed over by stage, by what their clients call them; none in most runs. */
  readonly types: readonly PlannedType[];
  readonly stageUsers: readonly string[];
  /** Names of accounts; none in most runs. */
  readonly accounts: readonly string[];
  /** Pools that holders ask natively. */
  readonly lendable: readonly string[];
  readonly workflows: readonly WorkflowSpec[];
  readonly holders: readonly { readonly name: string; readonly quota: TokenQuota }[];
  /** The provider whose things end with the server. */
  readonly endsWithServer: string | null;
  readonly clients: number;
  readonly weights: Weights;
  /** Requests that holders make in one step beside what the step is about, at most. */
  readonly bustle: number;
  /** The longest time between two steps, in milliseconds. */
  readonly stepMs: number;
  /** Shares of requests with a key, with a heartbeat, over several items; and of answers that get lost. */
  readonly keyed: number;
  readonly beating: number;
  readonly gang: number;
  readonly lost: number;
};

export const LABELS = [{ arch: 'arm' }, { arch: 'x86' }, { arch: 'arm', disk: 'big' }] as const;
const HOLDERS = ['ann', 'bob', 'cyd'] as const;
const STAGE_USERS = ['job-1', 'job-2', 'job-3', 'job-4'] as const;

/** How often each kind of step happens in a run that has it. */
const USUAL: Readonly<Record<(typeof STEP_KINDS)[number], number>> = {
  ask: 36,
  retry: 6,
  wait: 6,
  beat: 6,
  renew: 3,
  release: 20,
  look: 4,
  forget: 2,
  pool: 1.2,
  reshape: 4,
  register: 2,
  resource: 4,
  relabel: 4,
  workflow: 1,
  approve: 5,
  operatorEnd: 1,
  token: 1,
  thing: 4,
  mood: 2,
  storeMood: 1.5,
  clock: 1,
  echo: 3,
  crash: 1.5,
  restart: 0.7,
  takeOver: 0.5,
  idle: 4,
};
const USUAL_OF_STAGES: Readonly<Record<(typeof STAGE_KINDS)[number], number>> = {
  take: 50,
  takeNamed: 4,
  note: 8,
  putBack: 30,
  lose: 3,
  janitor: 30,
  reaper: 3,
  sync: 1.5,
};
const USUAL_OF_ACCOUNTS: Readonly<Record<(typeof ACCOUNT_KINDS)[number], number>> = {
  credentials: 24,
  lateUse: 10,
  account: 3,
};
/** The share of runs in which several replicas share the world. */
const SHARED = 0.12;
/** How much more or less often than usual: runs are about different things. */
const OFTEN = [0.3, 1, 1, 3] as const;
/** What every run has; of the rest each run has about two thirds, so that runs differ in kind and not in luck alone. */
const ALWAYS: readonly StepKind[] = ['ask', 'retry', 'wait', 'beat', 'release', 'idle'];

/** Runs in which several replicas share the world are about what goes wrong with them. */
const OF_REPLICAS = { crash: 2, restart: 1.5, takeOver: 5, storeMood: 6, clock: 0, look: 8 } as const;

/** `special`: draws what only some runs have, so that the others stay as they are. `isShared`: several replicas in any case. */
export function drawPlan(
  chance: Chance,
  { special, isShared = false }: { special: Chance; isShared: boolean | undefined },
): Plan {
  const weights = Object.fromEntries(
    STEP_KINDS.map((kind) => {
      const isIn = ALWAYS.includes(kind) || chance.is(0.65);
      return [kind, isIn ? USUAL[kind] * chance.pick(OFTEN) : 0];
    }),
  ) as Record<(typeof STEP_KINDS)[number], number>;
  const pools = drawPools(chance);
  const [types, accounts] = drawSpecial(special);
  const several = special.fork('replicas');
  const replicas = isShared || several.is(SHARED) ? several.int(2, 3) : 1;
  return {
    replicas,
    pools,
    types,
    stageUsers: types.length === 0 ? [] : STAGE_USERS.slice(0, special.int(2, STAGE_USERS.length)),
    accounts,
    lendable: [
      ...pools.map(({ name }) => name),
      // Most of what is handed over by stage is for those who take it so.
      ...types.slice(0, 1).map(({ type }) => type.pool),
      // Accounts are what such a run is about.
      ...(accounts.length === 0 ? [] : [accountPool.name, accountPool.name, accountPool.name]),
    ],
    workflows: [
      ...WORKFLOW_NAMES.map((name) => drawWorkflow(chance, name)),
      ...(accounts.length === 0 ? [] : accountPool.workflows),
    ],
    holders: HOLDERS.map((name) => ({ name, quota: drawTokenQuota(chance) })),
    endsWithServer: drawEnding(chance, replicas),
    clients: chance.int(3, 6),
    weights: {
      ...weights,
      ...shareOf(USUAL_OF_STAGES, types.length === 0 ? 0 : 1),
      ...shareOf(USUAL_OF_ACCOUNTS, accounts.length === 0 ? 0 : 1),
      ...(replicas === 1 ? {} : OF_REPLICAS),
    },
    bustle: chance.pick([0, 1, 2, 4]),
    // What is done for an account takes its time: a run in which none passes has no second holder.
    stepMs: Math.max(
      chance.pick([20, 300, 1_000, 3_000]),
      accounts.length === 0 ? 0 : 1_000,
      replicas === 1 ? 0 : 300,
    ),
    keyed: chance.pick([0.3, 0.8, 1]),
    beating: chance.pick([0, 0.3, 0.8]),
    gang: chance.pick([0, 0.2, 0.6]),
    lost: chance.pick([0, 0.1, 0.3]),
  };
}

/** No process is the one that things end with where several take turns. */
function drawEnding(chance: Chance, replicas: number): string | null {
  const drawn = chance.pick([null, null, 'cloud', 'vendor']);
  return replicas === 1 ? drawn : null;
}

/** Types and accounts of a run: about every third has any. */
function drawSpecial(chance: Chance): [PlannedType[], string[]] {
  const about = chance.weigh({ neither: 62, stages: 20, accounts: 14, both: 4 });
  return [
    about === 'stages' || about === 'both' ? drawTypes(chance) : [],
    about === 'accounts' || about === 'both' ? drawAccounts(chance) : [],
  ];
}

function shareOf<K extends string>(weights: Readonly<Record<K, number>>, share: number): Record<K, number> {
  const entries = Object.entries<number>(weights).map(([name, weight]) => [name, weight * share]);
  return Object.fromEntries(entries) as Record<K, number>;
}

function drawTokenQuota(chance: Chance): TokenQuota {
  if (chance.is(0.7)) return {};
  return {
    resources: chance.int(3, 8),
    leases: chance.int(2, 5),
    durationMs: chance.pick([60_000, 120_000]),
  };
}

function drawPools(chance: Chance): PlannedPool[] {
  const pools: PlannedPool[] = [
    { name: 'alpha', spec: { ...drawSpec(chance), provider: 'hand' }, members: drawMembers(chance) },
    { name: 'beta', spec: { ...drawSpec(chance), provider: 'hand' }, members: drawMembers(chance) },
  ];
  if (chance.is(0.7)) pools.push({ name: 'made', spec: drawMade(chance, 'cloud'), members: [] });
  if (chance.is(0.5))
    pools.push({ name: 'zoned', spec: drawMade(chance, chance.pick(['cloud', 'vendor'])), members: [] });
  return pools;
}

function drawMembers(chance: Chance): Readonly<Record<string, string>>[] {
  return Array.from({ length: chance.int(1, 3) }, () => chance.pick(LABELS));
}

function drawMade(chance: Chance, provider: string): Partial<PoolSpec> {
  return {
    ...drawSpec(chance),
    provider,
    size: drawSize(chance),
    recycle: chance.pick(RECYCLES),
    victims: chance.pick(['newest', 'oldest'] as const),
    template: { labels: chance.pick(LABELS) },
  };
}

export function drawSize(chance: Chance): NonNullable<PoolSpec['size']> {
  if (chance.is(0.5)) return { desired: chance.int(0, 3) };
  const min = chance.int(0, 1);
  return { min, max: min + chance.int(1, 3), buffer: chance.int(0, 2) };
}

export function drawOrder(chance: Chance): QueueOrder {
  return chance.pick(QUEUE_ORDERS);
}

/** Quotas stay as they are drawn for the whole run: one that shrinks may be exceeded by what is there already. */
function drawSpec(chance: Chance): Partial<PoolSpec> {
  return {
    ...drawMoves(chance),
    lease: {
      defaultMs: chance.pick([5_000, 20_000]),
      maxMs: chance.pick([40_000, 90_000]),
      queue: drawOrder(chance),
    },
    quota: {
      ...(chance.is(0.25) ? { perHolder: chance.int(2, 5) } : {}),
      ...(chance.is(0.15) ? { leasesPerHolder: chance.int(2, 4) } : {}),
      ...(chance.is(0.15) ? { queuedPerHolder: chance.int(1, 3) } : {}),
      ...(chance.is(0.15) ? { queued: chance.int(2, 5) } : {}),
    },
  };
}
