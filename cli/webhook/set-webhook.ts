import { ApiError } from '@poolkeeper/client';
import type { Poolkeeper, Webhook, WebhookSpecification } from '@poolkeeper/client';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { repeated, wholeNumber } from '../option-values.ts';
import { printJson, printLine } from '../output.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { printFacts } from '../runtime.ts';

const HELP = `
What is not said stays as it is. The secret that messages are signed with is shown when it is made, and never again.
  poolkeeper webhook set ops --post https://hooks.example.org/poolkeeper --event 'lease.*'
  poolkeeper webhook set nights --mail ops@example.org --event resource.held --event webhook.stopped
  poolkeeper webhook set ops --disable`;

type SetOptions = {
  readonly post?: string;
  readonly mail?: readonly string[];
  readonly event?: readonly string[];
  readonly pool?: readonly string[];
  readonly allPools?: boolean;
  readonly newSecret?: boolean;
  readonly disable?: boolean;
  readonly enable?: boolean;
  readonly ifVersion?: number;
};

/** `poolkeeper webhook set` */
export function addSetCommand(webhook: Command, runtime: Runtime): void {
  addConnectionOptions(
    webhook
      .command('set')
      .description('have somebody be told, or change that')
      .argument('<webhook>', 'its name'),
  )
    .option('--post <url>', 'where messages are posted: http or https')
    .option('--mail <address>', 'where mail is sent, in the place of --post; may be repeated', repeated)
    .option('--event <type>', 'lease.granted, lease.* or *; may be repeated', repeated)
    .option('--pool <pool>', 'only of this pool; may be repeated', repeated)
    .option('--all-pools', 'of all pools, again')
    .option('--new-secret', 'have the server make a new secret, and show it')
    .option('--disable', 'send nothing; what happens meanwhile waits')
    .option('--enable', 'send again, from where it was')
    .option(
      '--if-version <n>',
      'only if nobody has changed it since: its version, as "show" has it',
      wholeNumber(0),
    )
    .addHelpText('after', HELP)
    .action(async (name: string, options: SetOptions, self: Command) => {
      const session = openSession(runtime, self);
      const { client, context, isJson } = session;
      const before = await find(client, name);
      // What was merged here was merged with this version.
      const ifVersion = options.ifVersion ?? before?.version;
      const put = await client.webhooks.put(name, specificationOf(name, options, before), { ifVersion });
      if (isJson) return printJson(context.stdout, put);
      const what = before === undefined ? 'made' : 'changed';
      printLine(context.stdout, `${what} ${name} (version ${put.version}): ${put.url ?? put.to?.join(', ')}`);
      if (put.secret === undefined) return;
      printFacts(session, [['secret ', put.secret]]);
      printLine(
        context.stderr,
        'Keep the secret: nobody can show it again. The receiver checks messages with it.',
      );
    });
}

async function find(client: Poolkeeper, name: string): Promise<Webhook | undefined> {
  try {
    return await client.webhooks.get(name);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'webhook_not_found') return undefined;
    throw error;
  }
}

function specificationOf(
  name: string,
  options: SetOptions,
  before: Webhook | undefined,
): WebhookSpecification {
  const { post, mail, event, pool, allPools, newSecret, disable, enable } = options;
  const types = event ?? before?.events.types;
  const isPlaced = post !== undefined || mail !== undefined || before !== undefined;
  if (!isPlaced || types === undefined) {
    throw new CliError(
      `There is no webhook "${name}" yet, so where it leads and what it tells have to be said.`,
      {
        advice: `Say them, such as "poolkeeper webhook set ${name} --post https://HOST/PATH --event 'lease.*'".`,
        exitCode: EXIT.usage,
      },
    );
  }
  const pools = allPools === true ? null : (pool ?? before?.events.pools ?? null);
  const isMoved = post !== undefined || mail !== undefined;
  const url = isMoved ? post : (before?.url ?? undefined);
  const to = isMoved ? mail : (before?.to ?? undefined);
  return {
    ...(url === undefined ? {} : { url }),
    ...(to === undefined ? {} : { to: [...to] }),
    events: { types: [...types], pools: pools === null ? null : [...pools] },
    ...(newSecret === true ? { newSecret } : {}),
    disabled: disable === true || (enable !== true && (before?.disabled ?? false)),
  };
}
