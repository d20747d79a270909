import type { RunStep, StepReport } from './run.ts';

/**
 * What a turnover has come to. `verified`: a verification passed. `cleaned`: what was to be done passed, and the pool names
 * nothing that verifies. `skipped`: an operator's word stands for at least one step. `destroyed`: the resource is proven gone.
 * `forgotten`: an operator said that it is gone.
 */
export const TURNOVER_VERDICTS = ['verified', 'cleaned', 'skipped', 'destroyed', 'forgotten'] as const;
export type TurnoverVerdict = (typeof TURNOVER_VERDICTS)[number];

/** A step as the record keeps it: what it was, of which run, and what became of it. */
export type TurnoverStep = Pick<RunStep, 'phase' | 'workflow' | 'name' | 'uses'> &
  StepReport & { readonly run: string };

/** A turnover that is not over: from the end of a lease until the resource is free, or gone. */
export type OpenTurnover = {
  readonly epoch: number;
  /** The lease and holder before; null for a resource that nobody had. */
  readonly lease: string | null;
  readonly holder: string | null;
  readonly startedAt: number;
  /** Why it goes when its release is over, so that nobody need clean it; null where it stays. */
  readonly leaving: string | null;
  readonly steps: readonly TurnoverStep[];
};

/** Where the chain of a resource's records stands: how many there are, and the hash of the last. */
export type ChainHead = { readonly count: number; readonly hash: string };

/** What was proven between two holders of a resource. Instants are milliseconds UTC. */
export type TurnoverRecord = {
  readonly resource: string;
  readonly name: string;
  readonly pool: string;
  readonly kind: string;
  readonly provider: string;
  /** 1 for the first record of a resource; no number is left out. */
  readonly number: number;
  /** Hash of the record before it; null for the first. */
  readonly previous: string | null;
  readonly epoch: number;
  readonly lease: string | null;
  readonly holder: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly verdict: TurnoverVerdict;
  readonly steps: readonly TurnoverStep[];
};

/**
 * A record that was signed. `jws` is a compact JWS (RFC 7515) whose payload is the record as canonical JSON (RFC 8785), so it
 * stands for the whole; `hash` is the SHA-256 of that payload, in hex.
 */
export type SealedRecord = {
  readonly resource: string;
  readonly number: number;
  readonly endedAt: number;
  readonly hash: string;
  readonly jws: string;
};
