import type { TurnoverRecord } from '@poolkeeper/core';

/**
 * Why a turnover proves no clean hand-over, though it is recorded as it was; null where it does. What was verified was looked at;
 * what was destroyed cannot be handed over.
 */
export function unprovenBy({ verdict, steps }: TurnoverRecord): string | null {
  switch (verdict) {
    case 'verified':
      return steps.some(({ phase, outcome }) => phase === 'verify' && outcome === 'passed')
        ? null
        : 'it calls itself verified, and no step of it verified anything';
    case 'destroyed':
      return null;
    case 'cleaned':
      return 'it was cleaned, and nothing verified that';
    case 'skipped':
      return `the word of ${skippersOf(steps)} stands in the place of a step`;
    case 'forgotten':
      return 'somebody said that the resource is gone, and nothing proved it';
  }
  return `its verdict "${String(verdict)}" is none that this release knows`;
}

function skippersOf(steps: TurnoverRecord['steps']): string {
  const names = steps.flatMap(({ skipped }) => skipped?.by ?? []);
  return names.length === 0 ? 'an operator' : [...new Set(names)].join(' and ');
}
