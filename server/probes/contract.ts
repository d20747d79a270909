import type { JsonObject, ProbeKind, ProbeSpec, SecretUse } from '@poolkeeper/core';

/** One question to one member: its probe with the references filled in. */
export type ProbeQuestion = {
  readonly spec: ProbeSpec;
  readonly input: JsonObject;
  readonly secrets: readonly SecretUse[];
  readonly resource: {
    readonly id: string;
    readonly name: string;
    readonly pool: string;
    readonly kind: string;
    readonly epoch: number;
    readonly addresses: readonly string[];
    readonly endpoints: Readonly<Record<string, string>>;
  };
  readonly provider: string;
  readonly externalId: string | null;
};

/**
 * What came of one question. `unasked`: the question itself is at fault, so it says nothing about the member. `unknown`: whoever would
 * know did not say, so the last verdict stands, and answers in a row are counted as if it had not been asked.
 * `detail` is for people, free of secrets.
 */
export type ProbeAnswer = {
  readonly result: 'passed' | 'failed' | 'unasked' | 'unknown';
  readonly detail: string | null;
};

/** Asks once; ends soon after its signal aborts. Never rejects but by its signal. */
export type AskProbe = (question: ProbeQuestion, signal: AbortSignal) => Promise<ProbeAnswer>;
export type Askers = Readonly<Record<ProbeKind, AskProbe>>;
