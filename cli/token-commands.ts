import type { NewToken, Token, TokenRequest } from '@poolkeeper/client';
import type { Command } from 'commander';
import { formatInstant, formatRelative } from './format-time.ts';
import { LIST_LIMIT_DEFAULT, listPages, moreLine } from './list-pages.ts';
import { durationText, repeated, wholeNumber } from './option-values.ts';
import { printJson, printLine } from './output.ts';
import { addConnectionOptions, openSession, printFacts, printTable } from './runtime.ts';
import type { Runtime, Session } from './runtime.ts';

type CreateOptions = {
  readonly name: string;
  readonly role: TokenRequest['role'];
  readonly pool?: readonly string[];
  readonly ttl?: string;
};

/** `poolkeeper token …` */
export function addTokenCommands(program: Command, runtime: Runtime): void {
  const token = program.command('token').description('let people and programs in, and shut them out');
  addConnectionOptions(token.command('create').description('make a token; its secret is shown this once'))
    .requiredOption('--name <name>', 'unique; also the holder of its leases')
    .requiredOption('--role <role>', 'admin, operator, holder or viewer')
    .option('--pool <pool>', 'a pool that it may use; may be repeated; all where nothing is said', repeated)
    .option(
      '--ttl <duration>',
      'after so long it expires, such as 30d; never where nothing is said',
      durationText,
    )
    .action(async ({ name, role, pool, ttl }: CreateOptions, self: Command) => {
      const session = openSession(runtime, self);
      const body = {
        name,
        role,
        ...(pool === undefined ? {} : { pools: pool }),
        ...(ttl === undefined ? {} : { ttl }),
      };
      const created = await session.client.tokens.create(body);
      if (session.isJson) return printJson(session.context.stdout, created);
      printToken(session, created);
    });
  addConnectionOptions(token.command('list').description('list tokens; never their secrets'))
    .option('--limit <n>', 'at most so many', wholeNumber(1), LIST_LIMIT_DEFAULT)
    .action(async ({ limit }: { limit: number }, self: Command) => {
      const session = openSession(runtime, self);
      const page = await listPages(limit, (paging) => session.client.tokens.page(paging));
      if (session.isJson) return printJson(session.context.stdout, page);
      printTokens(session, page.items);
      const more = moreLine(page);
      if (more !== undefined) printLine(session.context.stderr, more);
    });
  addConnectionOptions(
    token.command('revoke').description('shut somebody out, at once').argument('<token>', 'its id'),
  ).action(async (id: string, _options: unknown, self: Command) => {
    const session = openSession(runtime, self);
    const revoked = await session.client.tokens.revoke(id);
    if (session.isJson) return printJson(session.context.stdout, revoked);
    printLine(
      session.context.stdout,
      `revoked ${revoked.name} (${revoked.id}); its leases stay until they end`,
    );
  });
}

function printToken(session: Session, token: NewToken): void {
  printFacts(session, [
    ['token', token.id],
    ['name', token.name],
    ['role', token.role],
    ['pools', token.pools === null ? 'all' : token.pools.join(', ')],
    ['expires', formatInstant(token.expiresAt, session.context.now())],
    ['secret', token.secret],
  ]);
  printLine(session.context.stderr, 'Keep the secret: nobody can show it again. Use it as POOLKEEPER_TOKEN.');
}

function printTokens(session: Session, tokens: readonly Token[]): void {
  const now = session.context.now();
  printTable(
    session,
    [
      { title: 'TOKEN', text: ({ id }) => id, isKept: true },
      { title: 'NAME', text: ({ name }) => name },
      { title: 'ROLE', text: ({ role }) => role, isKept: true },
      { title: 'POOLS', text: ({ pools }) => (pools === null ? 'all' : pools.join(', ')) },
      { title: 'CREATED', text: ({ createdAt }) => formatRelative(createdAt, now), isKept: true },
      { title: 'EXPIRES', text: ({ expiresAt }) => formatRelative(expiresAt, now), isKept: true },
    ],
    tokens,
    'No tokens.',
  );
}
