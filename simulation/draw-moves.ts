import { stepDefaults } from '@poolkeeper/core';
import type { PoolSpec, Step, Transitions, WorkflowSpec } from '@poolkeeper/core';
import type { Chance } from './chance.ts';

/** What the work of a step does: it takes away what a holder left, looks whether anything is left, or neither. */
export const DEEDS = ['wipe', 'look', 'work'] as const;
export type Deed = (typeof DEEDS)[number];

/**
 * Workflows by their names. However one is drawn, `wipe` wipes and `look` looks at every resource: a run knows from the names
 * alone what a release promises. No name stands for steps of two phases, so that a step is told by run and name.
 */
const DRAWS = {
  wipe: (chance: Chance): Step[] => [
    step('erase', 'wipe', { retries: chance.int(0, 2), onFailure: drawFailure(chance) }),
    ...(chance.is(0.3) ? [step('more', 'work', { uses: 'http', onFailure: 'hold' })] : []),
  ],
  look: (chance: Chance): Step[] => [
    step('empty', 'look', { uses: chance.pick(['exec', 'ssh']), onFailure: drawFailure(chance) }),
    ...(chance.is(0.3)
      ? [step('arm-only', 'look', { if: 'labels.arch == "arm"', onFailure: 'quarantine' })]
      : []),
  ],
  ask: (): Step[] => [own('ask', 'approval', { message: 'may it?' })],
  boot: (chance: Chance): Step[] => [
    ...(chance.is(0.5) ? [own('settle', 'wait', { for: chance.pick(['50ms', '4s']) })] : []),
    // Where nobody gives the parameter, the resource is held before anything runs.
    step('boot', 'work', {
      uses: 'container',
      with: { does: 'work', for: '${params.by}' },
      onFailure: chance.pick(['hold', 'retire']),
    }),
  ],
  again: (chance: Chance): Step[] => [
    step('again', 'work', { onFailure: 'retry' }),
    ...(chance.is(0.3) ? [step('after', 'work', { onFailure: 'hold' })] : []),
  ],
} as const;

export type WorkflowName = keyof typeof DRAWS;
export const WORKFLOW_NAMES = Object.keys(DRAWS) as WorkflowName[];
/** Steps that the keeper does itself. */
export const OWN_STEPS: ReadonlySet<string> = new Set(['ask', 'settle']);

export function drawWorkflow(chance: Chance, name: WorkflowName): WorkflowSpec {
  return { name, steps: DRAWS[name](chance) };
}

/** What a pool does when its members move; about a third of the pools do nothing. */
export function drawMoves(chance: Chance): Partial<PoolSpec> {
  if (chance.is(0.35)) return {};
  const on: Transitions = {
    ...(chance.is(0.3) ? { enter: { workflow: chance.pick(['wipe', 'again']) } } : {}),
    ...(chance.is(0.4) ? { allocate: drawAllocate(chance) } : {}),
    ...(chance.is(0.8) ? { release: drawRelease(chance) } : {}),
    ...(chance.is(0.3) ? { exit: { workflow: 'again', addParams: { by: '${pool.name}' } } } : {}),
  };
  return {
    on,
    cooldownMs: chance.pick([0, 0, 0, 2_000]),
    maxUses: chance.pick([null, null, null, 3]),
    maxAgeMs: chance.pick([null, null, null, 60_000]),
  };
}

function drawAllocate(chance: Chance): NonNullable<Transitions['allocate']> {
  if (chance.is(0.5)) return { workflow: 'again' };
  return chance.is(0.85)
    ? { workflow: 'boot', addParams: { by: '${lease.holder}' } }
    : { workflow: 'boot', removeParams: ['by'] };
}

function drawRelease(chance: Chance): NonNullable<Transitions['release']> {
  const how = chance.pick(['clean', 'both', 'both', 'both', 'verify'] as const);
  return {
    ...(chance.is(0.2) ? { workflow: 'ask' } : {}),
    // What is verified and never cleaned passes with nobody but by the word of a person.
    ...(how === 'verify' && chance.is(0.7) ? {} : { clean: 'wipe' }),
    ...(how === 'clean' ? {} : { verify: 'look' }),
    ...(chance.is(0.5) ? { removeParams: ['by'] } : {}),
  };
}

function drawFailure(chance: Chance): Step['onFailure'] {
  return chance.pick(['hold', 'hold', 'retry', 'quarantine', 'retire']);
}

function step(name: string, does: Deed, differs: Partial<Step>): Step {
  return { ...stepDefaults('exec'), name, uses: 'exec', with: { does }, timeoutMs: 8_000, ...differs };
}

function own(name: string, uses: 'wait' | 'approval', input: Step['with']): Step {
  return { ...stepDefaults(uses), name, uses, with: input, timeoutMs: 20_000 };
}
