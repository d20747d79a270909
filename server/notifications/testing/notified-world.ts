import type { WebhookSpec } from '@poolkeeper/core';
import { silentLogger } from '../../logger.ts';
import { aKeeper } from '../../testing/keeper-harness.ts';
import type { KeeperHarness } from '../../testing/keeper-harness.ts';
import type { Senders } from '../contract.ts';
import { Notifier } from '../notifier.ts';
import { TEST_SEALING } from './test-receiver.ts';

/** A keeper with receivers, in time that a test moves. */
export type NotifiedWorld = KeeperHarness & {
  readonly notifier: Notifier;
  readonly webhook: (more?: Partial<WebhookSpec>) => Promise<void>;
  /** Lets time pass in steps, and all that is ready come to rest at each. */
  readonly pass: (durationMs: number) => Promise<void>;
  /** The process dies: the next one begins with what is on disk, at the same time of day. */
  readonly crash: () => Promise<NotifiedWorld>;
};

export function aSpec(more: Partial<WebhookSpec> = {}): WebhookSpec {
  const to = ['http://127.0.0.1:9/'];
  return { name: 'ops', kind: 'http', to, types: ['*'], pools: null, isDisabled: false, ...more };
}

/** Steps in which time passes. */
const STEPS = 40;

export async function aNotifiedWorld(senders: Senders, from?: KeeperHarness): Promise<NotifiedWorld> {
  const harness = from ?? (await aKeeper());
  const { keeper, time } = harness;
  const notifier = new Notifier({
    keeper: () => keeper,
    senders,
    sealing: TEST_SEALING,
    sendsMail: true,
    timers: time,
    logger: silentLogger,
  });
  notifier.start();
  return {
    ...harness,
    notifier,
    webhook: async (more = {}) =>
      void (await keeper.ask({ type: 'putWebhook', spec: aSpec(more), sealedSecret: 'sealed' })),
    pass: async (durationMs) => {
      for (let n = 0; n < STEPS; n += 1) {
        await time.advance(durationMs / STEPS);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    crash: async () => {
      const next = await harness.restart();
      await next.time.advance(time.now() - next.time.now());
      // What the dead one still says counts no more.
      await notifier[Symbol.asyncDispose]();
      return aNotifiedWorld(senders, next);
    },
    close: async () => {
      await notifier[Symbol.asyncDispose]();
      await harness.close();
    },
  };
}
