import { dirname, resolve } from 'node:path';
import { acctpoolDocument, cleanerOf, ConfigurationError, loadAcctpool } from '@poolkeeper/server';
import type { Json, JsonObject } from '@poolkeeper/core';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { allLiterally, writeImport, writeOwned } from './write-import.ts';

export type AcctpoolImport = {
  readonly from: string;
  readonly cleaner: string;
  readonly secrets?: string;
  readonly out?: string;
};

/** Writes the configuration of an account pool as ours. Credentials become variables. Errors: `CliError`. */
export async function importAcctpool(context: CliContext, options: AcctpoolImport): Promise<void> {
  const { environment, workingDirectory } = context;
  const directory = dirname(resolve(workingDirectory, options.from));
  const variables = new Map<string, string>();
  const cleaner = cleanerOf(options.cleaner, workingDirectory);
  if (cleaner === undefined) {
    throw new CliError('--cleaner has to be exec:PROGRAM, ibm or none-i-accept-unclean.', {
      advice: 'docs/compat-acctpool.md says what each does.',
      exitCode: EXIT.usage,
    });
  }
  let document: Record<string, Json>;
  try {
    const configuration = await loadAcctpool({ path: options.from, directory }, environment);
    document = acctpoolDocument(configuration, cleaner);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new CliError(`The account pool cannot be imported:\n${error.message}`, {
      advice: 'Nothing was written. Correct that and try again.',
      exitCode: EXIT.usage,
      cause: error,
    });
  }
  const pools = (document['pools'] as readonly JsonObject[]).map((pool) => withoutSecrets(pool, variables));
  if (options.secrets !== undefined) writeOwned(context, options.secrets, asShell(variables));
  writeImport(context, {
    document: { ...document, providers: allLiterally(document['providers'] ?? []), pools },
    out: options.out,
    advice: adviceOn(variables, options),
  });
}

/** The same pool with a variable in the place of each credential. */
function withoutSecrets(pool: JsonObject, variables: Map<string, string>): JsonObject {
  const resources = ((pool['resources'] ?? []) as readonly JsonObject[]).map((resource) => {
    const parts = Object.entries((resource['credentials'] ?? {}) as Record<string, Record<string, string>>);
    const credentials = parts.map(([part, values]) => {
      const names = Object.entries(values).map(([name, value]) => {
        const words = [pool['name'], resource['name'], part, name].map(String).join('_');
        const variable = uniqueName(words.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_'), variables);
        variables.set(variable, value);
        return [name, `\${env.${variable}}`];
      });
      return [part, Object.fromEntries(names)];
    });
    const said = allLiterally(resource) as JsonObject;
    return { ...said, credentials: Object.fromEntries(credentials) as JsonObject };
  });
  return { ...pool, resources };
}

function uniqueName(name: string, taken: ReadonlyMap<string, string>): string {
  let unique = name;
  for (let count = 2; taken.has(unique); count += 1) unique = `${name}_${count}`;
  return unique;
}

function asShell(variables: ReadonlyMap<string, string>): string {
  const lines = [...variables].map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`);
  return `# Credentials in the clear. Read this into the shell that applies the configuration, then destroy it.\n${lines.join('')}`;
}

function adviceOn(variables: ReadonlyMap<string, string>, { secrets }: AcctpoolImport): string[] {
  const where =
    secrets === undefined
      ? 'set them before plan and apply, or have them written with --secrets FILE'
      : `they are in ${secrets} in the clear: ". ${secrets}" sets them; destroy it when the configuration was applied`;
  return [
    `${variables.size} credentials are variables in the configuration; ${where}. The server seals them.`,
    'Reservations and tokens are not in the file of an account pool: let reservations end first, and make tokens with "poolkeeper token create".',
  ];
}
