import { ensureAdminToken } from '../admin-token.ts';
import { maskError } from '../jobs/mask-result.ts';
import { needlesOf } from '../jobs/secret-mask.ts';
import { HistoryPruner } from '../keeper/pruner.ts';
import { createAskers } from '../probes/askers.ts';
import { fillProbe } from '../probes/fill-probe.ts';
import { Prober } from '../probes/prober.ts';
import { resealSecrets } from '../secret-keys.ts';
import { sweepLeftovers } from '../step-executors.ts';
import type { Ground } from './ground.ts';
import { wireServing } from './serving.ts';
import type { HowItIsServed, Serving } from './serving.ts';
import { wireWork } from './work.ts';
import type { Work } from './work.ts';

/** The time during which a process keeps the world, as it is put together: everything that decides, works outside, and serves. */
export type WiredTenure = {
  readonly work: Work;
  readonly serving: Serving;
  /** What goes by itself while the world is kept. Disposing ends it. */
  readonly upkeep: AsyncDisposableStack;
};

/** Wires a tenure. Nothing outside is touched, and no timer runs, before its keeper starts. */
export function wireTenure(ground: Ground, listening: HowItIsServed): WiredTenure {
  const work = wireWork(ground);
  return { work, serving: wireServing(ground, work, listening), upkeep: new AsyncDisposableStack() };
}

/** Sees to it that somebody can administer the server. Answers the file with the token, as `ensureAdminToken`. */
export function admitAdmin({ settings }: Ground, { work }: WiredTenure): Promise<string | null> {
  return ensureAdminToken(work.keeper, {
    dataDirectory: settings.dataDirectory,
    given: settings.adminToken ?? undefined,
  });
}

/** Starts what goes by itself; the keeper takes commands, and providers are open as far as they can be. */
export function startUpkeep(ground: Ground, { work, upkeep }: WiredTenure): void {
  const { store, clock, logger, stepOwner: owner } = ground;
  const { timers } = ground.machine;
  const { keeper, notifier } = work;
  upkeep.use(
    sweepLeftovers({
      owner,
      environment: process.env,
      timers,
      logger,
      look: () =>
        keeper.read(({ jobs, workflows }) => ({
          jobs: new Set(jobs.keys()),
          usesContainers: [...workflows.values()].some(({ steps }) =>
            steps.some(({ uses }) => uses === 'container'),
          ),
        })),
    }),
  );
  notifier.start();
  upkeep.use(new HistoryPruner({ store, clock, timers, logger, lastEvent: () => keeper.lastEvent() }));
  upkeep.use(startResealing(ground, work));
  upkeep.use(createProber(ground, work)).start();
}

/** Ends everything, in the order that lets each part answer what it has. */
export async function endTenure({ work, serving, upkeep }: WiredTenure): Promise<void> {
  await upkeep.disposeAsync();
  await serving[Symbol.asyncDispose]();
  await work[Symbol.asyncDispose]();
}

function createProber({ clock, machine, logger }: Ground, { keeper, executors, openInput }: Work): Prober {
  const openProbe: Parameters<typeof createAskers>[1] = async ({ input, secrets }) => {
    const opened = await openInput({ with: input, secrets });
    return { input: opened.input, mask: maskWith(opened.secretValues) };
  };
  return new Prober({
    keeper,
    askers: createAskers(executors, openProbe, maskWith),
    fill: fillProbe,
    clock,
    timers: machine.timers,
    random: machine.random,
    logger,
  });
}

function maskWith(secretValues: readonly string[]): (text: string) => string {
  const needles = needlesOf(secretValues);
  return (text) => maskError(needles, text);
}

/** Seals anew beside the first requests; disposing ends it before the keeper stops. */
function startResealing({ secretBox, logger }: Ground, { keeper }: Work): AsyncDisposable {
  const stop = new AbortController();
  const done = resealSecrets(keeper, { box: secretBox, logger, signal: stop.signal }).catch(
    (error: unknown) =>
      logger.warn({ err: error }, 'secrets were not all sealed with the current key; the next start goes on'),
  );
  return {
    [Symbol.asyncDispose]: () => {
      stop.abort();
      return done;
    },
  };
}
