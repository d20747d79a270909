import { Refusal, refuseInput } from '../errors.ts';
import { typesOfPattern } from '../model/webhook.ts';
import type { DeliveryTrouble, Webhook, WebhookSpec } from '../model/webhook.ts';
import { requireVersion } from '../world/transaction.ts';
import type { Transaction } from '../world/transaction.ts';

/** Each looks at every event, so they are few. */
export const WEBHOOKS_MAX = 200;
/** The wait after the first delivery that failed, in milliseconds; it doubles with each further one. */
const PAUSE_FIRST_MS = 5_000;
const PAUSE_MAX_MS = 3_600_000;
/** How long a receiver may fail before it is given up, in milliseconds: a long weekend and a day. */
export const DELIVERY_TROUBLE_MS_MAX = 5 * 86_400_000;

export type PutWebhook = {
  readonly type: 'putWebhook';
  readonly spec: WebhookSpec;
  /** Undefined: the one before stays. */
  readonly sealedSecret?: string | null;
  readonly version?: number;
};

/**
 * Makes a subscriber, which hears of what happens from here on, or makes it as is said here; its place in the events stays then,
 * and what was in its way is forgotten.
 *
 * Shape: changes the webhook; emits `webhook.changed`.
 * Errors: `invalid_input`, `pool_not_found`, `webhook_not_found` (a version of nothing), `version_mismatch`.
 */
export function putWebhook(tx: Transaction, { spec, sealedSecret, version }: PutWebhook): Webhook {
  const current = tx.world.webhooks.get(spec.name);
  if (current !== undefined) requireVersion(current.version, version);
  else if (version !== undefined) requireWebhook(tx, spec.name);
  else if (tx.world.webhooks.size >= WEBHOOKS_MAX)
    throw refuseInput('/name', `there are ${WEBHOOKS_MAX} webhooks, which is the most; remove one`);
  requireEvents(tx, spec, current);
  const nextVersion = (current?.version ?? 0) + 1;
  tx.emit('webhook.changed', {}, { name: spec.name, version: nextVersion });
  return tx.put('webhook', spec.name, {
    ...spec,
    sealedSecret: sealedSecret === undefined ? (current?.sealedSecret ?? null) : sealedSecret,
    sentThrough: current?.sentThrough ?? tx.world.meta.eventSeq,
    trouble: null,
    version: nextVersion,
    createdAt: current?.createdAt ?? tx.now,
  });
}

function requireEvents(tx: Transaction, spec: WebhookSpec, current: Webhook | undefined): void {
  spec.types.forEach((pattern, index) => {
    if (typesOfPattern(pattern).length > 0) return;
    throw refuseInput(
      `/events/types/${index}`,
      `there are no events "${pattern}"; name a type such as lease.granted, a family such as lease.*, or *`,
    );
  });
  spec.pools?.forEach((pool, index) => {
    // A pool may have gone since; who changes something else need not know.
    if (current?.pools?.includes(pool) !== true) tx.requirePool(pool, `/events/pools/${index}`);
  });
}

export type RemoveWebhook = {
  readonly type: 'removeWebhook';
  readonly name: string;
  readonly version?: number;
};

/** Takes a subscriber away; what it has not got yet it does not get. Errors: `webhook_not_found`, `version_mismatch`. */
export function removeWebhook(tx: Transaction, { name, version }: RemoveWebhook): Webhook {
  const webhook = requireWebhook(tx, name);
  requireVersion(webhook.version, version);
  tx.remove('webhook', name);
  tx.emit('webhook.removed', {}, { name });
  return webhook;
}

export type ResumeWebhook = { readonly type: 'resumeWebhook'; readonly name: string };

/**
 * Has a receiver tried again at once, also one that was given up: it goes on where it stands.
 *
 * Shape: changes the webhook and emits `webhook.resumed`, where something was in its way.
 * Errors: `webhook_not_found`.
 */
export function resumeWebhook(tx: Transaction, { name }: ResumeWebhook): Webhook {
  const webhook = requireWebhook(tx, name);
  if (webhook.trouble === null) return webhook;
  tx.emit('webhook.resumed', {}, { name });
  return tx.put('webhook', name, { ...webhook, trouble: null });
}

export type ResealWebhook = {
  readonly type: 'resealWebhook';
  readonly name: string;
  /** What was sealed anew, and what came of it. */
  readonly before: string;
  readonly sealed: string;
};

/** Takes the same secret under another key; one that changed or went meanwhile stays as it is. Answers whether it was taken. */
export function resealWebhook(
  tx: Transaction,
  { name, before, sealed }: ResealWebhook,
): { isResealed: boolean } {
  const webhook = tx.world.webhooks.get(name);
  if (webhook?.sealedSecret !== before) return { isResealed: false };
  tx.put('webhook', name, { ...webhook, sealedSecret: sealed });
  return { isResealed: true };
}

export type NoteDelivery = {
  readonly type: 'noteDelivery';
  readonly webhook: string;
  /** Of the webhook that was delivered by. */
  readonly version: number;
  /** The last event that the receiver has, or did not want. */
  readonly sentThrough: number;
  /** What went wrong with the next one; null when nothing did. */
  readonly failure: DeliveryFailure | null;
};

export type DeliveryFailure = {
  readonly error: string;
  /** How long the receiver asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | null;
  /** It said that nothing is ever to be sent there again. */
  readonly isFinal: boolean;
};

/**
 * Takes down how far a receiver has come, and what is in its way: the pause grows with each failure, and who fails for
 * `DELIVERY_TROUBLE_MS_MAX` is given up.
 *
 * Shape: changes the webhook; emits `webhook.stopped` when it is given up, and nothing else: an event for each delivery would
 * have to be delivered. A place never goes back. A failure of a webhook that was changed meanwhile does not count.
 * Errors: none; of one that is gone there is nothing to note.
 * Source: invariants N3 to N5 in docs/spec/notifications.md.
 */
export function noteDelivery(tx: Transaction, input: NoteDelivery): Webhook | undefined {
  const webhook = tx.world.webhooks.get(input.webhook);
  if (webhook === undefined) return undefined;
  const reached = Math.min(input.sentThrough, tx.world.meta.eventSeq);
  const sentThrough = Math.max(webhook.sentThrough, reached);
  const isOfThis = webhook.version === input.version;
  const trouble = isOfThis ? troubleAfter(tx, webhook, input) : webhook.trouble;
  if (sentThrough === webhook.sentThrough && trouble === webhook.trouble) return webhook;
  if (trouble?.isStopped === true && webhook.trouble?.isStopped !== true) {
    tx.emit('webhook.stopped', {}, { name: webhook.name, reason: trouble.error });
  }
  return tx.put('webhook', webhook.name, { ...webhook, sentThrough, trouble });
}

function troubleAfter(
  tx: Transaction,
  { trouble }: Webhook,
  { failure }: NoteDelivery,
): DeliveryTrouble | null {
  if (failure === null) return null;
  const attempts = (trouble?.attempts ?? 0) + 1;
  const since = trouble?.since ?? tx.now;
  const pauseMs = Math.max(pauseMsAfter(attempts, tx.context.random()), failure.retryAfterMs ?? 0);
  return {
    attempts,
    since,
    notBefore: tx.now + Math.min(pauseMs, PAUSE_MAX_MS),
    error: failure.error,
    isStopped: failure.isFinal || tx.now - since >= DELIVERY_TROUBLE_MS_MAX,
  };
}

/** Doubling, bounded, and spread over the upper half, so that receivers that failed together are not tried together. */
function pauseMsAfter(attempts: number, random: number): number {
  const full = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** Math.min(attempts - 1, 30));
  return Math.round(full / 2 + (full / 2) * random);
}

function requireWebhook(tx: Transaction, name: string): Webhook {
  const found = tx.world.webhooks.get(name);
  if (found !== undefined) return found;
  throw new Refusal(
    'webhook_not_found',
    `There is no webhook "${name}". See those that there are with GET /v1/webhooks.`,
  );
}
