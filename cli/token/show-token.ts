import type { NewToken, Token } from '@poolkeeper/client';
import { formatInstant, formatRelative } from '../format-time.ts';
import { formatPairs } from '../format-value.ts';
import { printLine } from '../output.ts';
import { printFacts, printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';

/** Tokens, one each line. */
export function printTokens(session: Session, tokens: readonly Token[]): void {
  const now = session.context.now();
  printTable(
    session,
    [
      { title: 'TOKEN', text: ({ id }) => id, isKept: true },
      { title: 'NAME', text: ({ name }) => name },
      { title: 'ROLE', text: ({ role }) => role, isKept: true },
      { title: 'POOLS', text: poolsOf },
      { title: 'CREATED', text: ({ createdAt }) => formatRelative(createdAt, now), isKept: true },
      { title: 'EXPIRES', text: ({ expiresAt }) => formatRelative(expiresAt, now), isKept: true },
    ],
    tokens,
    'No tokens.',
  );
}

export function printToken(session: Session, token: Token): void {
  const now = session.context.now();
  printFacts(session, [
    ['token', token.id],
    ['name', token.name],
    ['role', token.role],
    ['pools', poolsOf(token)],
    ['quota', formatPairs(token.quota)],
    ...(token.role === 'runner'
      ? [['labels', token.labels === null ? 'those that it says' : formatPairs(token.labels)] as const]
      : []),
    ['created', formatInstant(token.createdAt, now)],
    ['expires', token.expiresAt === null ? 'never' : formatInstant(token.expiresAt, now)],
  ]);
}

/** With its secret, which nobody can show again. */
export function printNewToken(session: Session, token: NewToken): void {
  printToken(session, token);
  printFacts(session, [['secret ', token.secret]]);
  printLine(session.context.stderr, 'Keep the secret: nobody can show it again. Use it as POOLKEEPER_TOKEN.');
}

function poolsOf({ pools }: Token): string {
  return pools === null ? 'all' : pools.join(', ');
}
