import type { Json, JobOutcome, JobTicket, JsonObject } from '@poolkeeper/core';
import { ProviderExhausted, ProviderRefused } from '../providers/contract.ts';

/** The longest error text that goes into a job, in characters. */
export const ERROR_LENGTH_MAX = 500;
/** Shorter values are not masked: a text without each `1` or `no` says nothing any more, and they hide nothing. */
const MASKED_LENGTH_MIN = 4;

type Failure = Extract<JobOutcome, { result: 'failed' }>;

/**
 * What an error of a provider means for the job: a person has to look, there is no capacity, or it may pass. Everything
 * unknown may pass.
 */
export function toFailure(error: unknown, ticket: JobTicket): Failure {
  return { result: 'failed', reason: reasonOf(error), error: describeError(error, ticket.template) };
}

/**
 * The error in at most `ERROR_LENGTH_MAX` characters for people, without the environment values of the template: a
 * provider repeats what the place or the process said, and that may repeat what it was given.
 */
export function describeError(error: unknown, template: JsonObject | null): string {
  const text = error instanceof Error && error.message !== '' ? error.message : String(error);
  const masked = environmentOf(template).reduce(
    (rest, [name, value]) => rest.replaceAll(value, `[${name}]`),
    text,
  );
  return masked.length <= ERROR_LENGTH_MAX ? masked : `${masked.slice(0, ERROR_LENGTH_MAX - 1)}…`;
}

/** Which of the three kinds of failure an error of a provider is. */
export function reasonOf(error: unknown): Failure['reason'] {
  if (error instanceof ProviderRefused) return 'refused';
  return error instanceof ProviderExhausted ? 'exhausted' : 'transient';
}

/** The values to mask with their names, each line of one too; the longest first, as one may contain another. */
function environmentOf(template: JsonObject | null): [name: string, value: string][] {
  const environment: Json = template?.['env'] ?? {};
  if (environment === null || typeof environment !== 'object') return [];
  return Object.entries(environment as JsonObject)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .flatMap(([name, value]) => [value, ...value.split('\n')].map((part): [string, string] => [name, part]))
    .filter(([, value]) => value.length >= MASKED_LENGTH_MIN)
    .toSorted(([, a], [, b]) => b.length - a.length);
}
