import type { JsonObject, Listed, Marks, Observation } from '@poolkeeper/core';

/**
 * An adapter to one place where resources come from: a cloud region, a container host, a vendor of accounts, this machine.
 *
 * The rules that every provider keeps, as far as it has what they are about, and `contract-checks/` proves of each:
 * 1. `create` is idempotent by the resource's id: called again, after a crash in the middle too, it adopts what it made.
 * 2. `destroy` asks for the end; it is repeated until it answers `gone`. Destroying what is not there is `gone`.
 * 3. `observe` lists everything that this provider made for this world and that still exists, by our tag.
 * 4. A failure is one of the errors below; anything else counts as `ProviderTransient`.
 * 5. `act` does one of the `actions` that it offers, to what exists: of what does not it throws `ProviderGone`. Called again
 *    with the same key it may do it again, so an action is one that may be done twice.
 * 6. `members`, where it has them, takes in what exists, lets members go on to exist, and keeps marks where the thing is.
 * 7. `accounts`, where it has them: `verify` refuses a credential that is no good, and no other; when nobody knows, it says that.
 * 8. `clean` takes away what a holder left, and `leftovers` names whatever is still there.
 * 9. `rotate` leaves one key, which works, wherever an earlier attempt at it ended.
 * Every call ends soon after its signal aborts.
 */
export type Provider = AsyncDisposable & {
  readonly name: string;
  readonly driver: string;
  /** Does what it made end with the server? Then each is created again, by its id, when the server starts again. */
  readonly stopsWithServer?: boolean;
  /** Can it create and destroy? Else its resources are registered by hand, and `destroy` forgets them. */
  readonly makes: boolean;
  create(request: CreateRequest, signal: AbortSignal): Promise<Observation>;
  destroy(request: DestroyRequest, signal: AbortSignal): Promise<'gone' | 'going'>;
  observe(signal: AbortSignal): Promise<readonly Listed[]>;
  /** What it can do to what it made, beside making and destroying; nothing where it is left out. Names such as `reboot`. */
  readonly actions?: readonly string[];
  /**
   * Does an action. `output` takes what it has to say on the way. Answers what it shows for it, free of secrets.
   *
   * Errors: those of every call; `ProviderRefused` for an action that it does not offer, or input that can never do.
   */
  act?(
    request: ActRequest,
    signal: AbortSignal,
    output?: (chunk: Uint8Array) => void,
  ): Promise<JsonObject | null>;
  /** What it can do with accounts: things that exist all the time, and that whoever has their credentials may use. Left out where it cannot. */
  readonly accounts?: Accounts;
  /** What it can do with things that it did not make; left out where it cannot. */
  readonly members?: Members;
  /** Calls back when something may have changed outside, so that `observe` is worth a call now. A hint, never the only way. */
  onChange?(listener: () => void): void;
  /** Refuses a template with what is wrong about it, by member: pointer relative to the template. */
  checkTemplate(template: JsonObject | null): readonly { pointer: string; message: string }[];
};

/**
 * Taking in things that exist, letting go of members that go on to exist, and keeping marks on them where the thing itself is, so that
 * they outlive this server. Then `observe` tells the marks of each, and lists what bears the provider's mark without our tag of a
 * resource too.
 *
 * Each may be done twice. Errors, beside those of every call: `ProviderGone` where there is no such thing.
 */
export type Members = {
  attach(request: MemberRequest, signal: AbortSignal): Promise<Observation>;
  /** Takes every mark off it, and nothing else. */
  detach(request: MemberRequest, signal: AbortSignal): Promise<void>;
  mark(request: MemberRequest & { readonly marks: Marks }, signal: AbortSignal): Promise<void>;
};

export type MemberRequest = {
  readonly resource: { readonly id: string; readonly name: string; readonly pool: string };
  readonly externalId: string;
  readonly idempotencyKey: string;
};

/**
 * Looking after accounts. Each call is one attempt; each may be done twice, also after a crash in the middle.
 *
 * Errors: those of every call. `ProviderRefused`: the credential is not good (any more), or the account is not the one that it should be;
 * `ProviderTransient`: nobody knows, so the last verdict stands.
 */
export type Accounts = {
  /** Is what it is managed with good, and is it the account that it should be? Answers what shows that, free of secrets. */
  verify(request: AccountRequest, signal: AbortSignal, output?: Output): Promise<JsonObject>;
  /** Takes away whatever the last holder left. Throws the union of what could not be taken away; the rest is gone then all the same. */
  clean(request: AccountRequest, signal: AbortSignal, output?: Output): Promise<JsonObject>;
  /** Looks again, at everything: what is there that should not be. Nothing: the account is clean. */
  leftovers(request: AccountRequest, signal: AbortSignal, output?: Output): Promise<readonly Leftover[]>;
  /**
   * Makes what the next holder is shown, and takes back what the last one had: first the new one is made, kept and tried, then the old
   * one is deleted. Left out where nobody can but a person.
   */
  rotate?(request: RotateRequest, signal: AbortSignal, output?: Output): Promise<JsonObject>;
};

/** What steps ask of accounts by `action`. `prove`: nothing may be left over. */
export const ACCOUNT_ACTIONS = ['verify', 'clean', 'rotate', 'prove'] as const;
export type AccountAction = (typeof ACCOUNT_ACTIONS)[number];

export type Output = (chunk: Uint8Array) => void;

/** A credential in the clear: texts by name, such as `apikey`, or `username` and `password`. */
export type OpenCredential = Readonly<Record<string, string>>;

export type AccountRequest = {
  readonly resource: {
    readonly id: string;
    readonly name: string;
    readonly pool: string;
    readonly epoch: number;
  };
  /** What is said of the account, with that of its profiles: its number, its regions, what is to be kept. */
  readonly params: JsonObject;
  readonly credentials: {
    /** What manages it; no holder ever sees it. */
    readonly management: OpenCredential | null;
    /** What its holder is shown. */
    readonly current: OpenCredential | null;
    /** What an earlier attempt at a rotation made and kept. */
    readonly pending: OpenCredential | null;
  };
  readonly idempotencyKey: string;
};

export type RotateRequest = AccountRequest & {
  /**
   * Remembers durably, before it resolves. `pending`: it was made and is to be tried; `current`: it is in force.
   *
   * Errors: `ProviderRefused` where nobody wants the rotation any more: it stops there, and the next one finds what it made.
   */
  keep(part: 'pending' | 'current', credential: OpenCredential): Promise<void>;
};

/** One thing that is still in an account: what kind of thing, its id, and its name where it has one. */
export type Leftover = { readonly kind: string; readonly id: string; readonly name?: string };

export type CreateRequest = {
  readonly resource: {
    readonly id: string;
    readonly name: string;
    readonly pool: string;
    readonly kind: string;
  };
  readonly template: JsonObject | null;
  /** The same for every attempt at this one creation. */
  readonly idempotencyKey: string;
};

export type DestroyRequest = {
  readonly resource: { readonly id: string; readonly name: string; readonly pool: string };
  /** The provider's own name of it, when it ever said one. */
  readonly externalId: string | null;
  readonly idempotencyKey: string;
};

export type ActRequest = {
  readonly resource: { readonly id: string; readonly name: string; readonly pool: string };
  readonly externalId: string | null;
  readonly action: string;
  readonly input: JsonObject;
  /** The same for every attempt at this one action. */
  readonly idempotencyKey: string;
};

/** What a rotation is answered where nobody can but a person. */
export function cannotRotate({ name, driver }: Pick<Provider, 'name' | 'driver'>): ProviderRefused {
  return new ProviderRefused(
    `Provider ${name} cannot rotate: its driver, ${driver}, makes no credentials. Set a new one by hand with "poolkeeper resource ` +
      'set-credentials", and leave the step out.',
  );
}

/** The thing does not exist (any more). */
export class ProviderGone extends Error {
  override readonly name = 'ProviderGone';
}
/** No capacity or quota: worth another try, later. */
export class ProviderExhausted extends Error {
  override readonly name = 'ProviderExhausted';
}
/** A failure that may pass: worth another try. */
export class ProviderTransient extends Error {
  override readonly name = 'ProviderTransient';
}
/** A refusal that will not pass by itself: a wrong template, a missing right. A person has to look. */
export class ProviderRefused extends Error {
  override readonly name = 'ProviderRefused';
}
