import { createHash } from 'node:crypto';
import { canonicalJson } from '@poolkeeper/core';
import type { Alert } from './alert.ts';

/** Alerts that are remembered; of more the oldest is forgotten, and could be sent again. */
export const REMEMBERED_MAX = 10_000;

/** Keeps an alert from being sent again too soon: one of the same topic, message and metadata. Units: milliseconds. */
export class Suppression {
  readonly #suppressMs: number;
  /** When an alert was sent, by its digest, in the order of sending. */
  readonly #sentAt = new Map<string, number>();

  constructor(suppressMs: number) {
    this.#suppressMs = suppressMs;
  }

  /** Is it to be sent? Then it is remembered as sent now. */
  admit({ topic, message, metadata }: Pick<Alert, 'topic' | 'message' | 'metadata'>, now: number): boolean {
    this.#forget(now);
    const digest = createHash('sha256')
      .update(canonicalJson([topic, message, metadata]))
      .digest('base64');
    if (this.#sentAt.has(digest)) return false;
    this.#sentAt.set(digest, now);
    return true;
  }

  #forget(now: number): void {
    for (const [digest, sentAt] of this.#sentAt) {
      if (now - sentAt < this.#suppressMs && this.#sentAt.size < REMEMBERED_MAX) return;
      this.#sentAt.delete(digest);
    }
  }
}
