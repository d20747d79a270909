import type { TurnoverRecord } from '@poolkeeper/core';
import { sealHead, sealRecord } from '@poolkeeper/turnover-record';
import type { ExportHead, PublicKeySet, SealedHead } from '@poolkeeper/turnover-record';
import { aKey } from '../../turnover-record/testing/a-chain.ts';
import type { TestKey } from '../../turnover-record/testing/a-chain.ts';
import type { SigningKeysPart } from '../http/parts.ts';

/** Real keys that no file holds. */
export class TestSigningKeys implements SigningKeysPart {
  current: TestKey = aKey();
  #retired: PublicKeySet['keys'] = [];

  readonly sealRecord = (record: TurnoverRecord) => sealRecord(record, this.current);

  sealHead(head: ExportHead): SealedHead {
    return sealHead(head, this.current);
  }

  published(): PublicKeySet {
    return { keys: [this.current.published, ...this.#retired] };
  }

  async rotate(now: () => number): Promise<PublicKeySet> {
    this.#retired = [{ ...this.current.published, exp: now() / 1_000 }, ...this.#retired];
    this.current = aKey();
    return this.published();
  }
}
