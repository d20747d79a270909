import { ApiError } from '@poolkeeper/client';
import type { LeaseCredentials, Poolkeeper } from '@poolkeeper/client';
import type { Command } from 'commander';
import { printJson, printLine } from '../output.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';

export type ResourceCredentials = LeaseCredentials['resources'];

const HELP = `
They are printed in the clear, a line for each text: its resource, its name, and what it is. In scripts --json is safer.
"poolkeeper lease run" hands them to its command in variables instead, such as POOLKEEPER_CREDENTIAL_PASSWORD.`;

/** `poolkeeper lease credentials` */
export function addCredentials(lease: Command, runtime: Runtime): void {
  addConnectionOptions(
    lease
      .command('credentials')
      .description('show what the resources of a lease that you hold are used with')
      .argument('<lease>', 'its id'),
  )
    .addHelpText('after', HELP)
    .action(async (id: string, _options: unknown, self: Command) => {
      const { context, client, isJson } = openSession(runtime, self);
      const shown = await client.leases.credentials(id);
      if (isJson) return printJson(context.stdout, shown);
      for (const { name, values } of shown.resources)
        for (const [key, value] of Object.entries(values))
          // A text of several lines stays one line, so that it cannot pass for another.
          printLine(
            context.stdout,
            `${name} ${key} ${/\p{Cc}/u.test(value) ? JSON.stringify(value) : value}`,
          );
    });
}

/** Why a lease shows no credentials although nothing is wrong: there are none, it is another holder's, or the server is an older one. */
const NOTHING_TO_SHOW: readonly string[] = ['no_credentials', 'forbidden', 'route_not_found'];

/** What a command under a lease is handed; nothing, where there is nothing to show. */
export async function credentialsOf(client: Poolkeeper, lease: string): Promise<ResourceCredentials> {
  try {
    return (await client.leases.credentials(lease)).resources;
  } catch (error) {
    if (error instanceof ApiError && NOTHING_TO_SHOW.includes(error.code)) return [];
    throw error;
  }
}
