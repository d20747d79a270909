import type { Resource, ResourceChange, ResourceRegistration } from '@poolkeeper/client';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { pair, repeated, wholeNumber } from '../option-values.ts';
import type { Pairs } from '../option-values.ts';
import { printJson, printLine } from '../output.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime, Session } from '../runtime.ts';
import { readMembers } from '../value-text.ts';
import { findResourceId, poolOfName } from './find-resource.ts';
import { addSetCredentials } from './set-credentials.ts';
import { statusOf } from './show-resource.ts';

/** What may be said of a resource, as it was typed. */
type Said = {
  readonly label?: Pairs;
  readonly params?: string;
  readonly address?: readonly string[];
  readonly endpoint?: Pairs;
};

/** `poolkeeper resource register | set | set-credentials` */
export function addResourceChanges(resource: Command, runtime: Runtime): void {
  addRegister(resource, runtime);
  addSet(resource, runtime);
  addSetCredentials(resource, runtime);
}

function addSaid(command: Command): Command {
  return addConnectionOptions(command)
    .option('--label <label=value>', 'what requests match; may be repeated', pair)
    .option('--params <value>', 'what programs want to know of it: JSON, YAML or @FILE')
    .option('--address <address>', 'where it is reached; may be repeated', repeated)
    .option('--endpoint <name=url>', 'what it serves; may be repeated', pair);
}

function addRegister(resource: Command, runtime: Runtime): void {
  addSaid(
    resource
      .command('register')
      .description('add a resource that exists already to a pool that is kept by hand')
      .argument('<name>', 'its name, unique in its pool'),
  )
    .requiredOption('--pool <pool>', 'a pool whose members are registered by hand')
    .action(async (name: string, { pool, ...said }: Said & { pool: string }, self: Command) => {
      const session = openSession(runtime, self);
      const { label, params, address, endpoint } = said;
      const registration: ResourceRegistration = {
        pool,
        name,
        ...(label === undefined ? {} : { labels: label }),
        ...(params === undefined ? {} : { params: await readMembers('--params', params) }),
        ...(address === undefined ? {} : { addresses: [...address] }),
        ...(endpoint === undefined ? {} : { endpoints: endpoint }),
      };
      printChanged(session, 'registered', await session.client.resources.register(registration));
    });
}

const SET_HELP = `
Labels, parameters and endpoints that are not said stay as they are; --unlabel takes a label away, and a parameter that is
null goes. Addresses are replaced as a whole.`;

type SetOptions = Said & {
  readonly pool?: string;
  readonly unlabel?: readonly string[];
  readonly evictable?: 'yes' | 'no';
  readonly ifVersion?: number;
};

function addSet(resource: Command, runtime: Runtime): void {
  addSaid(
    resource
      .command('set')
      .description('change what is said about a resource')
      .argument('<resource>', 'its id, or its name beside --pool'),
  )
    .option('--unlabel <label>', 'take this label away; may be repeated', repeated)
    .addOption(
      new Option('--evictable <answer>', 'may the pool take it away when it shrinks?').choices(['yes', 'no']),
    )
    .option(...poolOfName)
    .option(
      '--if-version <n>',
      'only if it has not changed since: its version, as "show" has it',
      wholeNumber(0),
    )
    .addHelpText('after', SET_HELP)
    .action(async (reference: string, { pool, ifVersion, ...said }: SetOptions, self: Command) => {
      const session = openSession(runtime, self);
      const { resources } = session.client;
      const before = await resources.get(await findResourceId(session.client, reference, pool));
      const changes = await changesOf(said, before);
      if (Object.keys(changes).length === 0) {
        throw new CliError('Nothing was said that should change.', {
          advice: `Say what, such as "poolkeeper resource set ${reference} --label arch=arm64"; --help shows what there is.`,
          exitCode: EXIT.usage,
        });
      }
      // What was merged here was merged with this version.
      const options = { ifVersion: ifVersion ?? before.version };
      printChanged(session, 'changed', await resources.patch(before.id, changes, options));
    });
}

/** The API replaces each of these as a whole; what was not said of them stays as it is. */
async function changesOf(said: SetOptions, before: Resource): Promise<ResourceChange> {
  const { label, unlabel = [], params, address, endpoint, evictable } = said;
  const labels = Object.entries({ ...before.labels, ...label }).filter(([name]) => !unlabel.includes(name));
  const saidParams = params === undefined ? {} : await readMembers('--params', params);
  const merged = Object.entries({ ...before.params, ...saidParams }).filter(([, value]) => value !== null);
  return {
    ...(label === undefined && unlabel.length === 0 ? {} : { labels: Object.fromEntries(labels) }),
    ...(params === undefined ? {} : { params: Object.fromEntries(merged) }),
    ...(address === undefined ? {} : { addresses: [...address] }),
    ...(endpoint === undefined ? {} : { endpoints: { ...before.endpoints, ...endpoint } }),
    ...(evictable === undefined ? {} : { evictable: evictable === 'yes' }),
  };
}

function printChanged({ context, isJson }: Session, what: string, resource: Resource): void {
  if (isJson) return printJson(context.stdout, resource);
  const { name, id, pool } = resource;
  printLine(context.stdout, `${what} ${name} (${id}) of ${pool}: it is ${statusOf(resource)}`);
}
