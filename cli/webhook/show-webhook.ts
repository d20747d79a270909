import type { Webhook } from '@poolkeeper/client';
import { formatInstant, formatRelative } from '../format-time.ts';
import { paintStatus, printLine, printText } from '../output.ts';
import { printFacts, printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';

/** Webhooks, one each line. */
export function printWebhooks(session: Session, webhooks: readonly Webhook[]): void {
  const { colors, context } = session;
  const now = context.now();
  printTable(
    session,
    [
      { title: 'WEBHOOK', text: ({ name }) => name, isKept: true },
      {
        title: 'STATE',
        text: ({ state }) => state,
        paint: (text) => paintStatus(colors, text),
        isKept: true,
      },
      { title: 'EVENTS', text: ({ events }) => events.types.join(', ') },
      { title: 'TO', text: placeOf },
      { title: 'BEHIND', text: ({ behind }) => String(behind), isNumber: true, isKept: true },
      { title: 'NEXT TRY', text: ({ nextAttemptAt }) => formatRelative(nextAttemptAt, now) },
      { title: 'LAST ERROR', text: ({ lastError }) => lastError ?? '', isExtra: true },
    ],
    webhooks,
    `No webhooks. Make one: poolkeeper webhook set NAME --post URL --event 'lease.*'.`,
  );
}

/** One webhook: how it does, and what a person can do. */
export function printWebhook(session: Session, webhook: Webhook): void {
  const { colors, context } = session;
  const { attempts, events, failingSince, lastError } = webhook;
  const now = context.now();
  printText(context.stdout, adviceOn(webhook));
  printLine(context.stdout, '');
  printFacts(session, [
    ['webhook', webhook.name],
    ['state', webhook.state, (text) => paintStatus(colors, text)],
    [webhook.kind === 'http' ? 'posted to' : 'mailed to', placeOf(webhook)],
    ['events', events.types.join(', ')],
    ['pools', events.pools === null ? 'all' : events.pools.join(', ')],
    ['sent through', `event ${webhook.sentThrough}, ${webhook.behind} behind`],
    ['failed', failingSince === null ? '' : `${attempts} times since ${formatInstant(failingSince, now)}`],
    ['next try', formatInstant(webhook.nextAttemptAt, now)],
    ['last error', lastError ?? ''],
    ['created', formatInstant(webhook.createdAt, now)],
    ['version', String(webhook.version)],
  ]);
}

function placeOf({ url, to }: Webhook): string {
  return url ?? to?.join(', ') ?? '';
}

/** What a person can do about how it does: one sentence. */
function adviceOn({ state, name }: Webhook): string {
  switch (state) {
    case 'ok':
      return 'There is nothing to do.';
    case 'failing':
      return `Mend what the last error names; it is tried again by itself, or at once with "poolkeeper webhook retry ${name}".`;
    case 'stopped':
      return `It was given up. Mend what the last error names, then "poolkeeper webhook retry ${name}": it goes on where it stands.`;
    case 'disabled':
      return `It is switched off, and keeps its place: "poolkeeper webhook set ${name} --enable".`;
  }
}
