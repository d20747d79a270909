import {
  DIRTY_STAGE,
  FREE_STAGE,
  isStanding,
  Refusal,
  stageOf,
  stepDefaults,
  SYNCED_BY_STAGES,
  SYNCED_LABEL,
} from '@poolkeeper/core';
import type { ConfiguredType, PoolSpec, WorkflowSpec, World } from '@poolkeeper/core';
import type { BoskosSettings, Janitor } from './config/boskos-settings.ts';
import { poolOfType } from './dialects/boskos/configuration/pool-of-type.ts';
import type { Keeper } from './keeper/contract.ts';

/** Workflows of this name are made of `--janitor`, and go from a pool when the option does. */
const PREFIX = 'boskos-janitor-';
/** How long the janitor's program may take for one resource, in milliseconds. The original waits without end. */
const PROGRAM_MS_MAX = 6 * 3_600_000;

/** What a type's members are cleaned by when they come back; null: by nobody here. */
type Cleaning = { readonly workflow: string; readonly spec: WorkflowSpec | null };

/**
 * Has pools clean what comes back to them, by the programs or workflows that the options name, so that no janitor has to poll.
 *
 * Shape: makes workflows and pools, in the way that the synchronisation of types takes up then. What else somebody said of a pool stays.
 * Errors: `workflow_not_found`, those of `putPool`.
 */
export async function putJanitors(
  keeper: Pick<Keeper, 'ask' | 'read'>,
  input: {
    readonly provider: string;
    readonly types: readonly ConfiguredType[];
    readonly janitors: BoskosSettings['janitors'];
  },
): Promise<void> {
  const { provider, types, janitors } = input;
  const made = new Set<string>();
  for (const type of types) {
    const cleaning = cleaningOf(type.type, janitors);
    const current = await keeper.read(({ pools }) => pools.get(type.pool)?.pool);
    const before = current?.on.release?.clean;
    if (cleaning === null && before?.startsWith(PREFIX) !== true) continue;
    if (current !== undefined && before === cleaning?.workflow && cleaning?.spec === null) continue;
    if (cleaning !== null && cleaning.spec !== null && !made.has(cleaning.workflow)) {
      await keeper.ask({ type: 'putWorkflow', spec: cleaning.spec });
      made.add(cleaning.workflow);
    }
    const { clean: _, ...release } = current?.on.release ?? {};
    const on = {
      ...current?.on,
      release: { ...release, ...(cleaning === null ? {} : { clean: cleaning.workflow }) },
    };
    await keeper.ask({
      type: 'putPool',
      name: type.pool,
      ...specOf(provider, type, { on, isNew: current === undefined }),
    });
  }
}

function specOf(
  provider: string,
  { type }: ConfiguredType,
  { on, isNew }: { readonly on: PoolSpec['on']; readonly isNew: boolean },
): { readonly spec: Partial<PoolSpec>; readonly merge: boolean } {
  if (!isNew) return { spec: { on }, merge: true };
  const labels = { [SYNCED_LABEL]: SYNCED_BY_STAGES };
  // The rest is the synchronisation's to say, which tells of whose type it is wrong.
  const stages = { type, initial: FREE_STAGE };
  return { spec: { provider, kind: 'resource', labels, stages, on }, merge: false };
}

function cleaningOf(type: string, janitors: readonly Janitor[]): Cleaning | null {
  const janitor = janitors.find((one) => one.type === type) ?? janitors.find((one) => one.type === null);
  if (janitor === undefined) return null;
  if (janitor.does.kind === 'workflow') return { workflow: janitor.does.workflow, spec: null };
  const kind = type.slice(type.lastIndexOf('-') + 1);
  // One for each kind, and one for each type that has a program of its own.
  const name = poolOfType(PREFIX + (janitor.type === null ? kind : `of-${type}`));
  const command = [janitor.does.program, `--${kind}=\${resource.name}`, ...janitor.does.flags];
  return { workflow: name, spec: { name, steps: [stepOf(command)] } };
}

/** What fails is tried again without end, with growing pauses, as the janitor of the original does without any. */
function stepOf(command: readonly string[]): WorkflowSpec['steps'][number] {
  const uses = 'exec';
  return {
    name: 'janitor',
    uses,
    ...stepDefaults(uses),
    with: { command: [...command] },
    timeoutMs: PROGRAM_MS_MAX,
    onFailure: 'retry',
  };
}

/** Hands what stands dirty to the cleaning of its pool: members that came back before the pool had one. */
export async function cleanWhatStands(keeper: Pick<Keeper, 'ask' | 'read'>): Promise<void> {
  for (const resource of await keeper.read(standingDirty)) {
    try {
      await keeper.ask({ type: 'actOnResource', resource, action: 'retry', reason: 'a janitor was given' });
    } catch (error) {
      // Somebody else was quicker.
      if (!(error instanceof Refusal)) throw error;
    }
  }
}

function standingDirty({ pools, resources }: World): string[] {
  return [...pools.values()]
    .filter(({ pool }) => pool.stages !== undefined && pool.on.release?.clean !== undefined)
    .flatMap(({ members }) => [...members])
    .filter((id) => {
      const resource = resources.get(id);
      return resource !== undefined && isStanding(resource) && stageOf(resource) === DIRTY_STAGE;
    });
}
