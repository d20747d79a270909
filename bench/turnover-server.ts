import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { stepDefaults } from '@poolkeeper/core';
import type { WorldEvent } from '@poolkeeper/core';
import { createSealer, keyIdOf } from '@poolkeeper/turnover-record';
import { createIdSource } from '../server/id-source.ts';
import { createJobRunner } from '../server/jobs/job-runner.ts';
import { WorldKeeper } from '../server/keeper/keeper.ts';
import { createLogger } from '../server/log.ts';
import type { StepExecutor } from '../server/steps/contract.ts';
import { openSqliteStore } from '../server/store/sqlite/sqlite-store.ts';
import { systemClock, systemRandom, systemTimers } from '../server/system-clock.ts';

/** Passes at once: what is left is what the keeper, the store and the runner take for a step. */
const PASS: StepExecutor = {
  check: () => null,
  run: () => Promise.resolve({ isPassed: true, exitCode: 0, evidence: null, error: null }),
};

/** What turns resources over, without HTTP: the keeper, the SQLite store and the job runner of the server, with steps that do nothing. */
export type TurnoverServer = AsyncDisposable & {
  readonly keeper: WorldKeeper;
  /** Hears of every durable event, until the answered function is called. */
  subscribe(listener: (events: readonly WorldEvent[]) => void): () => void;
};

export async function startTurnoverServer(directory: string): Promise<TurnoverServer> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openSqliteStore({ directory }));
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x } = publicKey.export({ format: 'jwk' });
  const key = { kid: keyIdOf(x as string), privateKey };
  const logger = createLogger({ level: 'silent' });
  const keeper = stack.use(
    new WorldKeeper({
      store,
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      sealRecord: createSealer(() => key),
      checkStep: () => null,
      newId: createIdSource(systemClock, randomBytes),
      defer: setImmediate,
      logger,
    }),
  );
  const runner = stack.use(
    createJobRunner({
      providers: new Map(),
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      logger,
      report: async (job, outcome) => void (await keeper.ask({ type: 'finishJob', job, outcome })),
      steps: {
        executors: { exec: PASS },
        openInput: ({ with: input }) => ({ input, secretValues: [] }),
        logs: { open: () => ({ write: () => {}, close: () => Promise.resolve() }) },
      },
    }),
  );
  await keeper.start(runner);
  const owned = stack.move();
  return {
    keeper,
    subscribe: (listener) => keeper.subscribe(listener),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** One pool that does nothing with what comes back, and one that wipes it in two steps and looks in a third. */
export async function makePools(
  { keeper }: TurnoverServer,
  pools: { readonly plain: string; readonly turned: string; readonly resources: number },
): Promise<void> {
  const step = (name: string) => ({ ...stepDefaults('exec'), name, uses: 'exec' as const });
  await keeper.ask({
    type: 'putProvider',
    spec: { name: 'hand', driver: 'static', makes: false, options: {} },
  });
  await keeper.ask({ type: 'putWorkflow', spec: { name: 'wipe', steps: [step('erase'), step('reset')] } });
  await keeper.ask({ type: 'putWorkflow', spec: { name: 'look', steps: [step('empty')] } });
  const release = { clean: 'wipe', verify: 'look' };
  for (const [pool, on] of [
    [pools.plain, {}],
    [pools.turned, { release }],
  ] as const) {
    await keeper.ask({ type: 'putPool', name: pool, merge: false, spec: { provider: 'hand', on } });
    const registered = Array.from({ length: pools.resources }, (_, index) =>
      keeper.ask({ type: 'registerResource', pool, name: `machine-${index}`, labels: {} }),
    );
    await Promise.all(registered);
  }
}
