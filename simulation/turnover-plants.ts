import type { Command, Decision, Job, JobTicket, Pool, World } from '@poolkeeper/core';
import type { Plant } from './plant.ts';
import { withCommit } from './with-commit.ts';

/** Faults of what happens between two holders. */
export const TURNOVER_PLANTS: Readonly<Record<string, Plant>> = {
  skippedVerify: {
    about: 'frees a resource without the verification that its pool names',
    breaks: ['clean-before-free'],
    decide: (real) => (world, command, context) =>
      withPools(world, withoutVerify, () => real(world, command, context)),
  },
  lateResult: {
    about: 'takes the result of a job that is over for the one that its resource has now',
    breaks: ['passed-is-done'],
    decide: (real) => {
      const resourceOf = new Map<string, string>();
      return (world, command, context) => {
        const decision = real(world, readLate(world, command, resourceOf), context);
        for (const { kind, id, after } of decision.changes)
          if (kind === 'job' && after !== undefined) resourceOf.set(id, after.resource);
        return decision;
      };
    },
  },
  recordNotWritten: {
    about: 'leaves a record out of a commit now and then',
    breaks: ['record-per-turnover'],
    store: (real, chance) =>
      withCommit(real, (batch) =>
        real.commit(chance.is(0.3) ? { ...batch, records: batch.records.slice(1) } : batch),
      ),
  },
  forgottenChain: {
    about: 'begins the chain of a resource again at times',
    breaks: ['records-chain', 'T2'],
    decide: (real, chance) => (world, command, context) => {
      const sealRecord: typeof context.sealRecord = (record) =>
        context.sealRecord(chance.is(0.3) ? { ...record, previous: null } : record);
      return real(world, command, { ...context, sealRecord });
    },
  },
  jobLost: {
    about: 'loses a step now and then on its way to who does it',
    breaks: ['settles'],
    runner: (real, chance) => ({
      accept: (ticket: JobTicket) => {
        if (ticket.step === null || !chance.is(0.3)) real.accept(ticket);
      },
      drop: (job) => real.drop(job),
      look: (upkeep, look) => real.look(upkeep, look),
      [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
    }),
  },
  leftDirty: {
    about: 'reports at times that a wipe has passed, without doing it',
    breaks: ['passed-is-done', 'clean-before-free'],
    steps: (real, chance) => ({
      ...real,
      run: (call, tools) =>
        call.input['does'] === 'wipe' && chance.is(0.3)
          ? Promise.resolve({ isPassed: true, exitCode: 0, evidence: null, error: null })
          : real.run(call, tools),
    }),
  },
  wrongInput: {
    about: 'hands a wipe the input of another step at times, so that it passes and wipes nothing',
    breaks: ['clean-before-free'],
    steps: (real, chance) => ({
      ...real,
      run: (call, tools) => {
        const isWrong = call.input['does'] === 'wipe' && chance.is(0.3);
        return real.run(isWrong ? { ...call, input: { does: 'work' } } : call, tools);
      },
    }),
  },
  freshKeys: {
    about: 'repeats a step after a crash under another key',
    breaks: ['one-key-per-step'],
    steps: (real, chance) => {
      const life = chance.int(1, 1_000_000);
      return {
        ...real,
        run: (call, tools) => real.run({ ...call, idempotencyKey: `${call.idempotencyKey}/${life}` }, tools),
      };
    },
  },
  noRelease: {
    about: 'forgets at times that a pool has a release when a lease ends',
    breaks: ['record-per-turnover', 'clean-before-free'],
    decide: (real, chance) => (world, command, context) => {
      const isEnd = command.type === 'endLease' && chance.is(0.5);
      const decideReal = (): Decision<never> => real(world, command, context) as Decision<never>;
      return isEnd ? withPools(world, withoutRelease, decideReal) : decideReal();
    },
  },
};

/** Decides as if each pool were another; one that the decision itself changes stays as it then is. */
export function withPools<T>(world: World, change: (pool: Pool) => Pool, decideThen: () => T): T {
  const before = [...world.pools.values()].map((state) => {
    const { pool } = state;
    state.pool = change(pool);
    return { state, pool, changed: state.pool };
  });
  try {
    return decideThen();
  } finally {
    for (const { state, pool, changed } of before) if (state.pool === changed) state.pool = pool;
  }
}

function withoutVerify(pool: Pool): Pool {
  const { verify: _, ...release } = pool.on.release ?? {};
  return pool.on.release === undefined ? pool : { ...pool, on: { ...pool.on, release } };
}

function withoutRelease(pool: Pool): Pool {
  const { release: _, ...on } = pool.on;
  return { ...pool, on };
}

/** The command as a product reads it that looks at the resource of a result, and not at its job. */
function readLate(world: World, command: Command, resourceOf: ReadonlyMap<string, string>): Command {
  if (command.type !== 'finishJob' || world.jobs.has(command.job)) return command;
  const now: Job | undefined = world.jobs.get(
    world.jobOfResource.get(resourceOf.get(command.job) ?? '') ?? '',
  );
  return now?.kind === 'step' ? { ...command, job: now.id } : command;
}
