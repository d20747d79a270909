import { formatDuration } from '@poolkeeper/core';
import type { Json, JsonObject, MemberChange, Plan } from '@poolkeeper/core';
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
      changes: changes.map(viewChange),
      effects: [...effects],
    })),
    warnings: [...plan.warnings],
    omitted: Math.max(0, plan.entries.length - ENTRIES_MAX),
  };
}

type ChangeView = PlanBody['entries'][number]['changes'][number];

/** Members of a pool whose values the core has in milliseconds. */
const DURATION = /^(lease[.]\w+|cooldown|maxAge)Ms$/;

/** A change in the words of the API: `lease.default` with `1h`, where the core has milliseconds. */
function viewChange({ member, before, after }: MemberChange): ChangeView {
  return {
    member: member.replace(DURATION, '$1'),
    ...(before === undefined ? {} : { before: viewValue(member, before) }),
    ...(after === undefined ? {} : { after: viewValue(member, after) }),
  };
}

function viewValue(member: string, value: Json): Json {
  if (DURATION.test(member)) return typeof value === 'number' ? formatDuration(value) : value;
  if (member !== 'lease') return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, part]) => [
      name.replace(/Ms$/, ''),
      typeof part === 'number' ? formatDuration(part) : part,
    ]),
  );
}
