import type { Plan } from '@poolkeeper/core';
import type { PlanBody } from '../schemas/plan.ts';

/** Entries that one answer names. */
const ENTRIES_MAX = 10_000;

export function viewPlan(plan: Plan, applied: boolean): PlanBody {
  return {
    applied,
    destructive: plan.isDestructive,
    fingerprint: plan.fingerprint,
    totals: plan.totals,
    entries: plan.entries.slice(0, ENTRIES_MAX).map(({ changes, effects, ...entry }) => ({
      ...entry,
      changes: changes.map(({ member, before, after }) => ({
        member,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      })),
      effects: [...effects],
    })),
    omitted: Math.max(0, plan.entries.length - ENTRIES_MAX),
  };
}
