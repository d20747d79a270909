import { digestText } from '../digest.ts';
import { canonicalJson } from '../json.ts';
import type { Json } from '../json.ts';

/** One member that a configuration changes, as its path: `size.desired`. Undefined is "not there". */
export type MemberChange = {
  readonly member: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
};

/**
 * What happens to resources and leases, by the words of the plan:
 * - `create`: asked for from the provider; `register`: taken in as it is.
 * - `destroy`: given up now, or as fast as the rollout allows; nobody holds it.
 * - `drain`: held by a lease, and given up when that is over.
 * - `end`: leases that wait and are ended; nobody loses what it holds.
 */
export const PLAN_EFFECTS = ['create', 'register', 'destroy', 'drain', 'end'] as const;
export type PlanEffectKind = (typeof PLAN_EFFECTS)[number];
export type PlanEffect = { readonly effect: PlanEffectKind; readonly count: number; readonly reason: string };

export const PLAN_ENTRY_KINDS = ['provider', 'workflow', 'profile', 'pool', 'resource'] as const;
export type PlanEntryKind = (typeof PLAN_ENTRY_KINDS)[number];

/** What a configuration does to one document. */
export type PlanEntry = {
  readonly kind: PlanEntryKind;
  readonly action: 'create' | 'change' | 'remove';
  readonly name: string;
  /** The pool of a resource; null for the others. */
  readonly pool: string | null;
  readonly changes: readonly MemberChange[];
  readonly effects: readonly PlanEffect[];
};

/** `pointer` leads into the configuration (RFC 6901). */
export type PlanWarning = { readonly pointer: string; readonly message: string };

export type PlanTotals = Readonly<Record<PlanEffectKind, number>>;

/** Everything that a configuration changes. An empty list of entries: the world is as the configuration says. */
export type Plan = {
  readonly entries: readonly PlanEntry[];
  /** Resources and leases over all entries. */
  readonly totals: PlanTotals;
  /** Does it end a lease, or give up a resource, now or later? Then a person is to agree. */
  readonly isDestructive: boolean;
  /** What a person should see to although nothing is refused for it, such as a secret that is not there yet. */
  readonly warnings: readonly PlanWarning[];
  /** Equal for equal plans: what changes and what kinds of effects that has, whatever the counts of the moment are. */
  readonly fingerprint: string;
};

export function createPlan(entries: readonly PlanEntry[], warnings: readonly PlanWarning[]): Plan {
  const totals = { create: 0, register: 0, destroy: 0, drain: 0, end: 0 };
  for (const { effects } of entries) for (const { effect, count } of effects) totals[effect] += count;
  return {
    entries,
    totals,
    warnings,
    isDestructive: totals.destroy + totals.drain + totals.end > 0,
    fingerprint: fingerprintOf(entries),
  };
}

/** Counts change while leases come and go; whether something is given up at all may not change unnoticed. */
function fingerprintOf(entries: readonly PlanEntry[]): string {
  const lasting = entries.map(({ effects, changes, ...entry }) => ({
    ...entry,
    changes: changes.map(({ member, before = null, after = null }) => ({ member, before, after })),
    effects: effects.filter(({ count }) => count > 0).map(({ effect }) => effect),
  }));
  return digestText(canonicalJson(lasting as Json));
}
