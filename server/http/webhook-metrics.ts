import type { WebhookKind, World } from '@poolkeeper/core';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Keeper } from '../keeper/contract.ts';

/** The number of the last event that a receiver has by now; undefined where it is not served. */
export type SentThrough = (webhook: string) => number | undefined;

export type WebhookMetrics = {
  readonly observe: (kind: WebhookKind, result: 'delivered' | 'failed') => void;
  /** Looks at every webhook, of which there is a bounded number. */
  readonly show: (keeper: Pick<Keeper, 'read'>, sentThrough: SentThrough) => Promise<void>;
};

/** What is shown of webhooks: attempts, how far behind each is, and which fail. */
export function createWebhookMetrics(registers: Registry[]): WebhookMetrics {
  const labelNames = ['webhook'] as const;
  const deliveries = new Counter({
    name: 'poolkeeper_webhook_deliveries_total',
    help: 'Attempts to deliver a message, by kind of receiver and by what became of them.',
    labelNames: ['kind', 'result'] as const,
    registers,
  });
  const behind = new Gauge({
    name: 'poolkeeper_webhook_behind_events',
    help: 'Events that a receiver has not been brought past yet.',
    labelNames,
    registers,
  });
  const failing = new Gauge({
    name: 'poolkeeper_webhook_failing_attempts',
    help: 'Attempts on a receiver that failed in a row.',
    labelNames,
    registers,
  });
  return {
    observe: (kind, result) => deliveries.inc({ kind, result }),
    show: async (keeper, sentThrough) => {
      const look = ({ webhooks, meta }: World) =>
        [...webhooks.values()].map((webhook) => {
          const reached = Math.max(webhook.sentThrough, sentThrough(webhook.name) ?? 0);
          const attempts = webhook.trouble?.attempts ?? 0;
          return { webhook: webhook.name, behind: Math.max(0, meta.eventSeq - reached), attempts };
        });
      // While the world is loading there is nothing to count.
      const seen = await keeper.read(look).catch(() => []);
      behind.reset();
      failing.reset();
      for (const { webhook, behind: events, attempts } of seen) {
        behind.set({ webhook }, events);
        failing.set({ webhook }, attempts);
      }
    },
  };
}
