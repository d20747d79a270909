import type { OpenCredential } from '../../server/providers/contract.ts';
import type { Batch } from '../../server/store/contract.ts';
import type { Bank } from '../accounts/bank.ts';
import { accountPool } from '../accounts/draw-accounts.ts';
import type { Report } from '../report.ts';
import type { Mirror } from './mirror.ts';
import type { Grant } from './tales.ts';

/** A key that a holder was shown: of which account, and under which lease. */
export type ShownKey = { readonly account: string; readonly secret: string; readonly lease: string };

/** Compares what is told of accounts with how they stand at the bank: whose keys work, and what is left there. */
export class AccountsCheck {
  readonly #bank: Bank;
  readonly #mirror: Mirror;
  readonly #open: (resource: string, sealed: string) => OpenCredential;
  readonly #report: Report;
  readonly #shown: ShownKey[] = [];

  constructor(input: {
    bank: Bank;
    mirror: Mirror;
    open: (resource: string, sealed: string) => OpenCredential;
    report: Report;
  }) {
    this.#bank = input.bank;
    this.#mirror = input.mirror;
    this.#open = input.open;
    this.#report = input.report;
  }

  /** Keys that holders were shown ever. */
  get shown(): readonly ShownKey[] {
    return this.#shown;
  }

  note(key: ShownKey): void {
    if (!this.#shown.some(({ secret, lease }) => secret === key.secret && lease === key.lease))
      this.#shown.push(key);
  }

  /** Takes a batch that got to the store, before the mirror does. */
  take(batch: Batch): void {
    for (const { type, resource, data, lease, seq } of batch.events) {
      if (type === 'resource.freed' || type === 'resource.entered')
        this.#checkFree(resource as string, batch, seq);
      if (type !== 'lease.granted') continue;
      for (const { id, pool } of data['resources'] as unknown as readonly Grant[])
        if (pool === accountPool.name) this.#grant(id, lease as string, seq);
    }
  }

  /** An account on offer was proven to be empty, and has one key: the one that its next holder is shown. */
  #checkFree(id: string, batch: Batch, seq: number): void {
    const name = this.#accountOf(id);
    if (name === undefined) return;
    this.#checkProven(name, `is on offer (event ${seq})`);
    const written = batch.upserts.findLast((entry) => entry.kind === 'credential' && entry.id === id);
    const known =
      written?.kind === 'credential' ? written.document : this.#mirror.documents.credential.get(id);
    const sealed = known?.current?.sealed;
    const kept = sealed === undefined ? undefined : this.#open(id, sealed)['id'];
    const keys = this.#bank.keysOf(name).map((key) => key.id);
    if (keys.length !== 1 || keys[0] !== kept)
      this.#report(
        'one-key',
        `${name} is on offer (event ${seq}) and ${keys.join(' and ') || 'no key'} works; ${kept ?? 'none'} is kept`,
      );
  }

  #grant(id: string, lease: string, seq: number): void {
    const name = this.#accountOf(id);
    if (name === undefined) return;
    this.#checkProven(name, `is granted to ${lease} (event ${seq})`);
    const working = this.#shown.find(
      (key) => key.account === name && key.lease !== lease && this.#bank.works(name, key.secret),
    );
    if (working !== undefined)
      this.#report(
        'old-key-is-dead',
        `${name} is granted to ${lease} (event ${seq}), and the key of ${working.lease} still works`,
      );
    this.#bank.lend(name);
  }

  #checkProven(name: string, what: string): void {
    const left = this.#bank.thingsOf(name).map(({ id: thing }) => thing);
    if (left.length > 0 || !this.#bank.isProven(name))
      this.#report(
        'proven-before-offer',
        `${name} ${what}; nobody looked since it was used, and ${left.join() || 'nothing'} is left there`,
      );
  }

  #accountOf(id: string): string | undefined {
    const resource = this.#mirror.documents.resource.get(id);
    return resource?.pool === accountPool.name ? resource.name : undefined;
  }
}
