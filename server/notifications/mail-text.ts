import type { EventType, WorldEvent } from '@poolkeeper/core';
import type { Message } from './contract.ts';

/** What happened, for people; it follows the name of what it happened to. A type that is not here speaks for itself. */
const PHRASES: Partial<Record<EventType, string>> = {
  'lease.queued': 'waits for resources',
  'lease.granted': 'was granted',
  'lease.active': 'is ready to be used',
  'lease.renewed': 'was renewed',
  'lease.expiring': 'ends soon',
  'lease.ended': 'has ended',
  'resource.requested': 'is being made',
  'resource.entered': 'came into the pool',
  'resource.freed': 'is free',
  'resource.staged': 'came to another stage',
  'resource.held': 'is held for a person',
  'resource.resumed': 'goes on',
  'resource.quarantined': 'was quarantined',
  'resource.exiting': 'is on its way out',
  'resource.gone': 'is gone',
  'job.failed': 'could not be worked on',
  'webhook.stopped': 'gets nothing any more: its receiver failed for too long',
};

export type MailText = { readonly subject: string; readonly text: string };

/** The subject and the text of a mail. */
export function mailOf(webhook: string, { content }: Message): MailText {
  const end = `\n--\nSent by Poolkeeper for the webhook "${webhook}".\n`;
  if (content.kind === 'test') {
    return { subject: 'A test from Poolkeeper', text: `Mail gets here.\n${end}` };
  }
  if (content.kind === 'gap') {
    const { from, to } = content;
    const what = `Events ${from} to ${to} were forgotten before they could be sent to you.`;
    return {
      subject: 'Some news from Poolkeeper are lost',
      text: `${what}\nSee how things are now with "poolkeeper pool list".\n${end}`,
    };
  }
  const { events } = content;
  const [first] = events as readonly [WorldEvent, ...WorldEvent[]];
  const subject =
    events.length === 1 ? sentenceOf(first) : `${sentenceOf(first)}, and ${events.length - 1} more`;
  return { subject: `Poolkeeper: ${subject}`, text: `${events.map(paragraphOf).join('\n')}${end}` };
}

/** `Lease lse_1 of ann ends soon`. */
export function sentenceOf(event: WorldEvent): string {
  const phrase = PHRASES[event.type] ?? `was ${event.type.slice(event.type.indexOf('.') + 1)}`;
  return `${subjectOf(event)} ${phrase}`;
}

function subjectOf({ type, lease, holder, resource, pool, data }: WorldEvent): string {
  const [family = ''] = type.split('.');
  if (family === 'lease' && lease !== null) return `Lease ${lease}${holder === null ? '' : ` of ${holder}`}`;
  if (resource !== null) return `Resource ${resource}${pool === null ? '' : ` in pool ${pool}`}`;
  if (pool !== null) return `Pool ${pool}`;
  const { name } = data;
  const what = `${family.slice(0, 1).toUpperCase()}${family.slice(1)}`;
  return typeof name === 'string' ? `${what} ${name}` : what;
}

function paragraphOf(event: WorldEvent): string {
  const facts: [string, string][] = [['at', instant(event.at)]];
  const { expiresAt, reason, resources } = event.data;
  if (typeof expiresAt === 'number') facts.push(['ends', instant(expiresAt)]);
  if (typeof reason === 'string') facts.push(['reason', reason]);
  if (Array.isArray(resources)) facts.push(['resources', namesOf(resources)]);
  facts.push(['event', `${event.seq} ${event.type}`]);
  return `${sentenceOf(event)}.\n${facts.map(([name, value]) => `  ${name}: ${value}\n`).join('')}`;
}

/** Names that one line shows. */
const NAMES_MAX = 20;

function namesOf(resources: readonly unknown[]): string {
  const names = resources.slice(0, NAMES_MAX).map((entry) => {
    const name = (entry as { name?: unknown } | null)?.name;
    return typeof name === 'string' ? name : '?';
  });
  const more = resources.length - names.length;
  return `${names.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
