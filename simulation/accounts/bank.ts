import type { Leftover, OpenCredential } from '../../server/providers/contract.ts';

/** Things that whoever uses one account has there at most. */
const THINGS_MAX = 6;

/** A key to an account: whoever knows the secret may use the account. */
export type BankKey = { readonly id: string; readonly secret: string };

type Account = {
  readonly management: string;
  /** Keys by id. */
  readonly keys: Map<string, BankKey>;
  readonly things: Map<string, Leftover>;
  /** Did somebody look, and find nothing, since anybody could use it? */
  isProven: boolean;
};

/** Accounts by their names, as a vendor has them: they live on whatever happens to the keeper, and so do their keys and what is in them. */
export class Bank {
  /** Share of things that a cleaning overlooks. */
  overlooking = 0;
  readonly #accounts = new Map<string, Account>();
  #nextNumber = 1;

  /** What an account is managed with, and a key that somebody made before we knew it; the account is there from then on. */
  open(name: string): { readonly management: OpenCredential; readonly current: OpenCredential } {
    const management = `management of ${name}`;
    const account = this.#accounts.get(name) ?? {
      management,
      keys: new Map(),
      things: new Map(),
      isProven: false,
    };
    this.#accounts.set(name, account);
    const [key = this.createKey(name)] = account.keys.values();
    this.#build(account);
    return { management: { secret: management }, current: { ...key } };
  }

  /** Uses an account with a key, as a holder does: something is left there, at times another key. Answers whether the key works. */
  use(name: string, secret: string, makesKey: boolean): boolean {
    const account = this.#of(name);
    if (![...account.keys.values()].some((key) => key.secret === secret)) return false;
    if (makesKey) this.createKey(name);
    else this.#build(account);
    return true;
  }

  isManagement(name: string, secret: string | undefined): boolean {
    return this.#of(name).management === secret;
  }

  works(name: string, secret: string | undefined): boolean {
    return this.keysOf(name).some((key) => key.secret === secret);
  }

  keysOf(name: string): readonly BankKey[] {
    return [...this.#of(name).keys.values()];
  }

  createKey(name: string): BankKey {
    const account = this.#of(name);
    const id = `key-${this.#nextNumber++}`;
    const key = { id, secret: `secret of ${id}` };
    account.keys.set(id, key);
    account.isProven = false;
    return key;
  }

  deleteKey(name: string, id: string): void {
    this.#of(name).keys.delete(id);
  }

  thingsOf(name: string): readonly Leftover[] {
    return [...this.#of(name).things.values()];
  }

  deleteThing(name: string, id: string): void {
    this.#of(name).things.delete(id);
  }

  /** Somebody found nothing in the account. */
  prove(name: string): void {
    this.#of(name).isProven = true;
  }

  /** Somebody has the account from now on: what was proven before is of no account for the next. */
  lend(name: string): void {
    this.#of(name).isProven = false;
  }

  isProven(name: string): boolean {
    return this.#of(name).isProven;
  }

  #build(account: Account): void {
    account.isProven = false;
    if (account.things.size >= THINGS_MAX) return;
    const id = `thing-${this.#nextNumber++}`;
    account.things.set(id, { kind: 'thing', id });
  }

  #of(name: string): Account {
    const account = this.#accounts.get(name);
    if (account === undefined) throw new Error(`The bank has no account "${name}".`);
    return account;
  }
}
