import type { LeaseExplanation, PoolExplanation, ResourceExplanation, Token } from '@poolkeeper/core';
import type { Type } from 'typebox';
import { isOverseer } from '../access.ts';
import { instantText, maybeInstantText } from '../instant.ts';
import type {
  LeaseExplanationBody,
  PoolExplanationBody,
  ResourceExplanationBody,
} from '../schemas/explain.ts';

type RunStepBody = NonNullable<Type.Static<typeof ResourceExplanationBody>['run']>['step'];

/** Reasons whose detail names a lease. */
const NAMES_A_LEASE = new Set(['leased', 'set_aside_for_another_lease']);

/** A holder is not told whose lease has what it waits for. */
export function viewLeaseExplanation(
  explanation: LeaseExplanation,
  token: Token,
): Type.Static<typeof LeaseExplanationBody> {
  return {
    ...explanation,
    estimatedStart: maybeInstantText(explanation.estimatedStart),
    items: explanation.items.map((item) => ({
      ...item,
      reasons: item.reasons.map(({ until, examples, ...reason }) => ({
        ...reason,
        until: maybeInstantText(until),
        examples:
          isOverseer(token) || !NAMES_A_LEASE.has(reason.reason)
            ? [...examples]
            : examples.map(({ name }) => ({ name, detail: null })),
      })),
    })),
  };
}

/** Who knows the id of a request can ask under it, so a holder is not shown any. */
export function viewPoolExplanation(
  { stages, ...explanation }: PoolExplanation,
  token: Token,
): Type.Static<typeof PoolExplanationBody> {
  const shown = isOverseer(token) ? (stages?.waiters ?? []) : [];
  const waiters = shown.map(({ since, ...waiter }) => ({ ...waiter, since: instantText(since) }));
  return {
    ...explanation,
    troubles: [...explanation.troubles],
    ...(stages === undefined
      ? {}
      : { stages: { stages: [...stages.stages], waiting: stages.waiting, waiters } }),
  };
}

export function viewResourceExplanation(
  explanation: ResourceExplanation,
): Type.Static<typeof ResourceExplanationBody> {
  const { job, run, actions, ...rest } = explanation;
  return {
    ...rest,
    job: job === null ? null : { ...job, notBefore: instantText(job.notBefore) },
    run: run === null ? null : { ...run, step: viewStep(run.step) },
    actions: [...actions],
  };
}

function viewStep(step: NonNullable<ResourceExplanation['run']>['step']): RunStepBody {
  if (step === null) return null;
  return { ...step, since: maybeInstantText(step.since), until: maybeInstantText(step.until) };
}
