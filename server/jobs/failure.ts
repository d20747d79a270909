import { maskValues } from '@poolkeeper/core';
import type { Json, JobOutcome, JobTicket, JsonObject } from '@poolkeeper/core';
import { ProviderExhausted, ProviderGone, ProviderRefused } from '../providers/contract.ts';

/** The longest error text that goes into a job, in characters. */
export const ERROR_LENGTH_MAX = 500;

type Failure = Extract<JobOutcome, { result: 'failed' }>;

/**
 * What an error of a provider means for the job: a person has to look, there is no capacity, there is no such machine, or it may pass.
 * Everything unknown may pass.
 */
export function toFailure(error: unknown, ticket: JobTicket): Failure {
  const { kind } = ticket.job;
  const isMissing = error instanceof ProviderGone && ['attach', 'detach', 'mark'].includes(kind);
  const reason = isMissing ? 'missing' : reasonOf(error);
  return { result: 'failed', reason, error: describeError(error, ticket.template) };
}

/**
 * The error in at most `ERROR_LENGTH_MAX` characters for people, without the environment values of the template: a
 * provider repeats what the place or the process said, and that may repeat what it was given.
 */
export function describeError(error: unknown, template: JsonObject | null): string {
  const text = error instanceof Error && error.message !== '' ? error.message : String(error);
  const masked = maskValues(text, environmentOf(template));
  return masked.length <= ERROR_LENGTH_MAX ? masked : `${masked.slice(0, ERROR_LENGTH_MAX - 1)}…`;
}

/** Which of the three kinds of failure an error of a provider is. */
export function reasonOf(error: unknown): Failure['reason'] {
  if (error instanceof ProviderRefused) return 'refused';
  return error instanceof ProviderExhausted ? 'exhausted' : 'transient';
}

/** The values that a template gives to what it makes, by name. */
function environmentOf(template: JsonObject | null): Record<string, string> {
  const environment: Json = template?.['env'] ?? {};
  if (environment === null || typeof environment !== 'object') return {};
  return Object.fromEntries(
    Object.entries(environment as JsonObject).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
