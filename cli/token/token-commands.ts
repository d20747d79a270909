import type { Token, TokenRequest } from '@poolkeeper/client';
import { ROLES } from '@poolkeeper/core/words';
import { Option } from 'commander';
import type { Command } from 'commander';
import { durationText, pairs, repeated, wholeNumber } from '../option-values.ts';
import { doEach } from '../outcomes.ts';
import { printJson, printLine } from '../output.ts';
import { addListOptions, addWatchOption, presentList } from '../present-list.ts';
import type { ListOptions, WatchOptions } from '../present-list.ts';
import { addConnectionOptions, openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { present } from '../watch.ts';
import { printNewToken, printToken, printTokens } from './show-token.ts';

/** Characters that a name may have. */
const NAME_MAX = 128;

const CREATE_HELP = `
For a script, the secret alone:
  POOLKEEPER_TOKEN=$(poolkeeper token create --role holder --pool web --ttl 30d --secret-only)`;

/** `poolkeeper token …` */
export function addTokenCommands(program: Command, runtime: Runtime): void {
  const token = program.command('token').description('let people and programs in, and shut them out');
  addCreate(token, runtime);
  addListOptions(token.command('list').description('list tokens; never their secrets')).action(
    async (options: ListOptions, self: Command) => {
      const session = openSession(runtime, self);
      await presentList(
        session,
        { pageAt: (paging) => session.client.tokens.page(paging), print: printTokens },
        options,
      );
    },
  );
  addWatchOption(
    token
      .command('show')
      .description('show one token, or the one that asks; never its secret')
      .argument('[token]', 'its id; the token that asks where nothing is said'),
  ).action(async (id: string | undefined, options: WatchOptions, self: Command) => {
    const session = openSession(runtime, self);
    const { tokens } = session.client;
    const look = (): Promise<Token> => (id === undefined ? tokens.self() : tokens.get(id));
    await present(session, { look, print: printToken }, options);
  });
  addConnectionOptions(
    token.command('revoke').description('shut somebody out, at once').argument('<token...>', 'their ids'),
  ).action(async (ids: string[], _options: unknown, self: Command) => {
    const session = openSession(runtime, self);
    await doEach({ runtime, session }, ids, {
      act: (id) => session.client.tokens.revoke(id),
      describe: ({ name, id }) => `revoked ${name} (${id}); its leases stay until they end`,
    });
  });
}

type CreateOptions = {
  readonly name?: string;
  readonly role: (typeof ROLES)[number];
  readonly pool?: readonly string[];
  readonly ttl?: string;
  readonly maxResources?: number;
  readonly maxLeases?: number;
  readonly maxDuration?: string;
  readonly secretOnly?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
};

function addCreate(token: Command, runtime: Runtime): void {
  addConnectionOptions(token.command('create').description('make a token; its secret is shown this once'))
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option(
      '--name <name>',
      'unique; also the holder of its leases; made from the rest where nothing is said',
    )
    .option('--pool <pool>', 'a pool that it may use; may be repeated; all where nothing is said', repeated)
    .option(
      '--ttl <duration>',
      'after so long it expires, such as 30d; never where nothing is said',
      durationText,
    )
    .option('--max-resources <n>', 'resources that it may have or wait for, over all pools', wholeNumber(0))
    .option('--max-leases <n>', 'leases that it may have, over all pools', wholeNumber(0))
    .option('--max-duration <duration>', 'how long its leases may last', durationText)
    .option('--labels <pairs>', 'of a runner: exactly those that it has, such as site=lab,gpu=yes', pairs)
    .option('--secret-only', 'print the secret and nothing else')
    .addHelpText('after', CREATE_HELP)
    .action(async (options: CreateOptions, self: Command) => {
      const session = openSession(runtime, self);
      const { context, client, isJson } = session;
      const created = await client.tokens.create(toRequest(options, context.now()));
      if (options.secretOnly === true) return printLine(context.stdout, created.secret);
      if (isJson) return printJson(context.stdout, created);
      printNewToken(session, created);
    });
}

function toRequest(options: CreateOptions, now: number): TokenRequest {
  const { name = defaultName(options, now), role, pool, ttl, labels } = options;
  const { maxResources, maxLeases, maxDuration } = options;
  const quota = {
    ...(maxResources === undefined ? {} : { resources: maxResources }),
    ...(maxLeases === undefined ? {} : { leases: maxLeases }),
    ...(maxDuration === undefined ? {} : { duration: maxDuration }),
  };
  return {
    name,
    role,
    ...(pool === undefined ? {} : { pools: [...pool] }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(labels === undefined ? {} : { labels }),
    ...(Object.keys(quota).length === 0 ? {} : { quota }),
  };
}

/** `holder-web-20260301-140509123`: what it is for and when it was made, to the millisecond, so that the next one has another name. */
function defaultName({ role, pool = [] }: CreateOptions, now: number): string {
  const instant = new Date(now).toISOString().slice(0, 23).replaceAll(/[-:.]/g, '').replace('T', '-');
  const where = pool.length === 0 ? '' : `-${pool.join('+')}`;
  return `${`${role}${where}`.slice(0, NAME_MAX - instant.length - 1)}-${instant}`;
}
