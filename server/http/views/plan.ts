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
    omitted: Math.max(0, plan.entries.length - ENTRIES_MAX),
  };
}

type ChangeView = PlanBody['entries'][number]['changes'][number];

/** A change in the words of the API: `lease.default` with `1h`, where the core has milliseconds. */
function viewChange({ member, before, after }: MemberChange): ChangeView {
  return {
    member: member.replace(/^(lease[.](?:default|max))Ms$/, '$1'),
    ...(before === undefined ? {} : { before: viewValue(member, before) }),
    ...(after === undefined ? {} : { after: viewValue(member, after) }),
  };
}

function viewValue(member: string, value: Json): Json {
  if (/^lease[.].*Ms$/.test(member)) return formatDuration(value as number);
  if (member !== 'lease') return value;
  const { defaultMs, maxMs, queue } = value as JsonObject;
  return {
    default: formatDuration(defaultMs as number),
    max: formatDuration(maxMs as number),
    queue: queue as string,
  };
}
