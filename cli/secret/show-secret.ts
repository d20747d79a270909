import type { Secret } from '@poolkeeper/client';
import { formatInstant, formatRelative } from '../format-time.ts';
import { printFacts, printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';

/** Secrets, one each line; never what is in them. */
export function printSecrets(session: Session, secrets: readonly Secret[]): void {
  const now = session.context.now();
  printTable(
    session,
    [
      { title: 'SECRET', text: ({ name }) => name, isKept: true },
      { title: 'VERSION', text: ({ version }) => String(version), isNumber: true, isKept: true },
      { title: 'CHANGED', text: ({ changedAt }) => formatRelative(changedAt, now), isKept: true },
      { title: 'KEY', text: keyOf, isKept: true },
      { title: 'WORKFLOWS', text: ({ workflows }) => workflows.join(', ') },
      { title: 'PROVIDERS', text: ({ providers }) => providers.join(', ') },
    ],
    secrets,
    'No secrets.',
  );
}

export function printSecret(session: Session, secret: Secret): void {
  const now = session.context.now();
  printFacts(session, [
    ['secret', secret.name],
    ['version', String(secret.version)],
    ['created', formatInstant(secret.createdAt, now)],
    ['changed', formatInstant(secret.changedAt, now)],
    [
      'key',
      secret.canOpen ? 'ok' : 'missing: give the server the key that it was sealed with, or set it anew',
    ],
    ['workflows', secret.workflows.length === 0 ? 'none name it' : secret.workflows.join(', ')],
    ['providers', secret.providers.length === 0 ? 'none name it' : secret.providers.join(', ')],
  ]);
}

function keyOf({ canOpen }: Secret): string {
  return canOpen ? 'ok' : 'missing';
}
