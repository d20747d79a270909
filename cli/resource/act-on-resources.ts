import type { Poolkeeper, Resource, ResourceActions } from '@poolkeeper/client';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { wholeNumber } from '../option-values.ts';
import { doEach } from '../outcomes.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { actOnMany, addManyOptions, requireOneWay } from './act-on-many.ts';
import type { ManyOptions } from './act-on-many.ts';
import { findResourceId, poolOfName } from './find-resource.ts';
import { statusOf } from './show-resource.ts';

type Verb = ResourceActions['action'];

const DESCRIPTIONS: Readonly<Record<Verb, string>> = {
  hold: 'stop the work on resources, for a person to look at',
  retry: 'go on with what is held, or take what is quarantined back into service',
  skip: 'say that what a resource is held at is done',
  quarantine: 'set resources aside as unsafe, at once or when they come back',
  retire: 'take resources out of service for good, at once or when they come back',
};

const DONE: Readonly<Record<Verb, string>> = {
  hold: 'held',
  retry: 'retried',
  skip: 'skipped',
  quarantine: 'quarantined',
  retire: 'retired',
};

type ActOptions = { readonly pool?: string; readonly reason?: string; readonly ifVersion?: number };

const MANY_HELP = `
Without resources it is done to all that fit what is said: of a pool, with labels, that a filter accepts, that are held.
What would be done is shown first, and you are asked.`;

/** `poolkeeper resource hold | retry | skip | quarantine | retire | move` */
export function addResourceActions(resource: Command, runtime: Runtime): void {
  for (const verb of Object.keys(DESCRIPTIONS) as Verb[]) addAction(resource, runtime, verb);
  addMove(resource, runtime);
}

function addAction(resource: Command, runtime: Runtime, verb: Verb): void {
  const command = addManyOptions(
    addReferences(resource.command(verb).description(DESCRIPTIONS[verb]), '[resource...]'),
  ).addHelpText('after', MANY_HELP);
  if (verb === 'skip') command.requiredOption('--reason <text>', 'who says so, and why; it is in the events');
  else command.option('--reason <text>', 'why, for people; it is in the events');
  command.action(async (references: string[], options: ActOptions & ManyOptions, self: Command) => {
    const { reason } = options;
    requireOneWay(references, options);
    if (references.length === 0) {
      return actOnMany({ runtime, self }, { verb, done: DONE[verb] }, options);
    }
    await actOnEach({ runtime, self }, references, {
      options,
      done: DONE[verb],
      act: ({ resources }, id, ifVersion) =>
        resources[verb](id, reason === undefined ? {} : { reason }, { ifVersion }),
    });
  });
}

function addMove(resource: Command, runtime: Runtime): void {
  addReferences(resource.command('move').description('move free or quarantined resources to another pool'))
    .requiredOption('--to <pool>', 'where they go: a pool of the same kind and provider')
    .action(async (references: string[], options: ActOptions & { to: string }, self: Command) => {
      await actOnEach({ runtime, self }, references, {
        options,
        done: `moved to ${options.to}:`,
        act: ({ resources }, id, ifVersion) => resources.move(id, { pool: options.to }, { ifVersion }),
      });
    });
}

function addReferences(command: Command, argument = '<resource...>'): Command {
  return addConnectionOptions(command.argument(argument, 'their ids, or their names beside --pool'))
    .option(...poolOfName)
    .option(
      '--if-version <n>',
      'only if it has not changed since: its version, as "show" has it',
      wholeNumber(0),
    );
}

type Action = {
  readonly options: ActOptions;
  readonly done: string;
  readonly act: (client: Poolkeeper, id: string, ifVersion: number | undefined) => Promise<Resource | null>;
};

async function actOnEach(
  { runtime, self }: { readonly runtime: Runtime; readonly self: Command },
  references: readonly string[],
  { options, done, act }: Action,
): Promise<void> {
  const { pool, ifVersion } = options;
  if (ifVersion !== undefined && references.length > 1) {
    throw new CliError('--if-version is the version of one resource, and several are named.', {
      advice: 'Name one, or leave --if-version out.',
      exitCode: EXIT.usage,
    });
  }
  const session = openSession(runtime, self);
  await doEach({ runtime, session }, references, {
    act: async (reference) =>
      act(session.client, await findResourceId(session.client, reference, pool), ifVersion),
    describe: (result, reference) =>
      result === null
        ? `${done} ${reference}: it is gone`
        : `${done} ${result.name} (${result.id}): ${describeState(result)}`,
  });
}

const FATE_WORDS = {
  retire: ', given up when it comes back',
  quarantine: ', quarantined when it comes back',
};

function describeState(resource: Resource): string {
  const { fate } = resource;
  return `it is ${statusOf(resource)}${fate === 'recycle' ? '' : FATE_WORDS[fate]}`;
}
