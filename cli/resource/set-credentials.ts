import type { Credentials, CredentialsSetting } from '@poolkeeper/client';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLine } from '../output.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { readSecretValue } from '../secret/secret-value.ts';
import { findResourceId, poolOfName } from './find-resource.ts';

const PARTS = ['current', 'management'] as const;
type Part = (typeof PARTS)[number];
/** Names become variables. */
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;

const HELP = `
Texts by name, as JSON or YAML, on standard input or in a file; never as an argument:
  pass show acme/account-7 | poolkeeper resource set-credentials account-7 --pool acme
  {"username": "apikey", "password": "…"}
Whoever holds the resource is shown them with "poolkeeper lease credentials". With --part management they are what the resource is
looked after with, and no holder sees them.`;

type SetOptions = {
  readonly pool?: string;
  readonly file?: string;
  readonly part: Part;
  readonly remove?: boolean;
};

/** `poolkeeper resource set-credentials` */
export function addSetCredentials(resource: Command, runtime: Runtime): void {
  addConnectionOptions(
    resource
      .command('set-credentials')
      .description('set what whoever holds a resource uses it with; it is sealed, and shown to nobody else')
      .argument('<resource>', 'its id, or its name beside --pool'),
  )
    .option(...poolOfName)
    .option('--file <file>', 'a file that holds them')
    .addOption(new Option('--part <part>', 'whom they are for').choices(PARTS).default('current'))
    .addOption(new Option('--remove', 'take them away').conflicts('file'))
    .addHelpText('after', HELP)
    .action(async (reference: string, { pool, file, part, remove }: SetOptions, self: Command) => {
      const session = openSession(runtime, self);
      const { context, client, isJson } = session;
      const id = await findResourceId(client, reference, pool);
      const values =
        remove === true
          ? null
          : await parseCredential(await readSecretValue(context, `the credentials of ${reference}`, file));
      const setting: CredentialsSetting = part === 'current' ? { current: values } : { management: values };
      const set = await client.resources.setCredentials(id, setting);
      if (isJson) return printJson(context.stdout, set);
      printLine(context.stdout, describe(set, { reference, part }));
    });
}

function describe(set: Credentials, { reference, part }: { reference: string; part: Part }): string {
  if (set[part] === null) return `${reference} has no ${part} credentials any more`;
  return `set the ${part} credentials of ${reference} (version ${set.version})`;
}

/** Every value is text, also one that looks like a number. Errors: `CliError`, which never repeats what it was given. */
async function parseCredential(text: string): Promise<Readonly<Record<string, string>>> {
  // Only who has something to parse pays for loading the parser.
  const { parseDocument } = await import('yaml');
  let value: unknown;
  try {
    // Half of a file is none: what is wrong in it is found here, and thrown by nobody else.
    const document = parseDocument(text, { schema: 'failsafe' });
    if (document.errors.length > 0) throw refuse('That is neither JSON nor YAML.');
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw error instanceof CliError
      ? error
      : refuse('That is neither JSON nor YAML, or a part of it stands for another.');
  }
  const isMap = value !== null && typeof value === 'object' && !Array.isArray(value);
  if (!isMap || Object.values(value as object).some((one) => typeof one !== 'string'))
    throw refuse('That is no map of names to texts.');
  const names = Object.keys(value as object);
  if (names.length === 0) throw refuse('There is no text in it.');
  // Which one is not said: a secret with a colon in it is read as a name.
  if (!names.every((name) => NAME.test(name)))
    throw refuse(
      'A name in it is none: letters, digits and _ are, at most 63 of them, and a letter comes first.',
    );
  return value as Readonly<Record<string, string>>;
}

function refuse(message: string): CliError {
  return new CliError(message, {
    advice:
      'Nothing was changed. Give texts by name, such as {"username": "…", "password": "…"}; --help has an example.',
    exitCode: EXIT.usage,
  });
}
