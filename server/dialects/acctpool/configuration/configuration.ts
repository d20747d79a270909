import type { JsonObject } from '@poolkeeper/core';

/** Who may reserve, as the file says it. `secret`: what a consumer shows. */
export type ConfiguredToken = {
  readonly secret: string;
  /** What people call the consumer; null where nobody said. */
  readonly name: string | null;
  /** Reservations that are pending or active at once; null: no bound. */
  readonly reservationsMax: number | null;
  readonly durationMsMax: number | null;
  /** Types that it may reserve; null: all. */
  readonly types: readonly string[] | null;
};

/** A credential in the clear: texts by name. */
export type ConfiguredCredential = Readonly<Record<string, string>>;

export type ConfiguredAccount = {
  /** Of the resource that stands for it; unique, and the same at each start. */
  readonly name: string;
  readonly type: string;
  /** What its holder is shown: `username` and `password`, or `apikey`. */
  readonly current: ConfiguredCredential;
  /** What it is cleaned with, which no holder sees; null: with `current`. */
  readonly management: ConfiguredCredential | null;
  /** What is known of it, as those who clean it are told: `account_id`, `regions`, `keep`… */
  readonly params: JsonObject;
  /** Is it kept as an API key? Then its credential can be taken back from the last holder without a person. */
  readonly isKey: boolean;
};

/** A kind of account that can be asked for. Durations are milliseconds. */
export type ConfiguredType = {
  readonly name: string;
  readonly durationMsDefault: number;
  readonly durationMsMax: number;
  /** How long a person has for a yes; null: nobody is asked. */
  readonly approvalMs: number | null;
  readonly cooldownMs: number;
};

/** How accounts are looked after. Durations are milliseconds. */
export type ConfiguredCare = {
  /** Accounts that are looked after at once. */
  readonly parallel: number;
  /** Pauses before further attempts at what failed; after the last of them the account is quarantined. */
  readonly pausesMs: readonly number[];
  /** How long one attempt may take. */
  readonly timeoutMs: number;
  /** Variables of the server that the program which cleans is given. */
  readonly environment: readonly string[];
  /** Of the driver for IBM Cloud, as it stands. */
  readonly options: JsonObject;
  readonly isRotating: boolean;
  readonly verifyEveryMs: number;
};

/** What the file of an acctpool says, with defaults filled in. */
export type AcctpoolConfiguration = {
  readonly tokens: readonly ConfiguredToken[];
  readonly accounts: readonly ConfiguredAccount[];
  readonly types: readonly ConfiguredType[];
  readonly care: ConfiguredCare;
  /** What a person should know of it, free of secrets. */
  readonly warnings: readonly string[];
};
