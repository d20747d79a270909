import type { Webhook } from '@poolkeeper/core';
import { failed } from '../contract.ts';
import type { Message, Sender, Senders, SendResult } from '../contract.ts';

/** A receiver of messages that does what a test says. */
export class TestReceiver implements Sender {
  eventsMax = 1;
  gatherMs = 0;
  /** What it got, in order, repeated messages too. */
  readonly got: Message[] = [];
  attempts = 0;
  /** So many of the next attempts fail; of `lost` ones the message comes all the same. */
  failing = 0;
  lost = 0;
  /** Does it keep whoever sends waiting, until the signal? */
  isHanging = false;

  async send(_webhook: Webhook, message: Message, signal: AbortSignal): Promise<SendResult> {
    this.attempts += 1;
    if (this.isHanging) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return failed('It did not answer.');
    }
    if (this.failing > 0) {
      this.failing -= 1;
      return failed('It answered 500.');
    }
    this.got.push(message);
    if (this.lost === 0) return { isDelivered: true };
    this.lost -= 1;
    return failed('It did not answer.');
  }

  get senders(): Senders {
    return { http: this, mail: this };
  }

  /** Numbers of the events that it got, each where it came first. */
  get seqs(): number[] {
    const all = this.got.flatMap(({ content }) =>
      content.kind === 'events' ? content.events.map(({ seq }) => seq) : [],
    );
    return [...new Set(all)];
  }
}

/** Seals nothing; what is sealed for one name does not open for another. */
export const TEST_SEALING = {
  seal: (name: string, text: string): string => `${name}|${Buffer.from(text).toString('hex')}`,
  open: (name: string, sealed: string): string => {
    if (!sealed.startsWith(`${name}|`)) throw new Error('sealed for something else');
    return Buffer.from(sealed.slice(name.length + 1), 'hex').toString();
  },
};
