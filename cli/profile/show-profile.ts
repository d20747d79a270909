import type { Profile } from '@poolkeeper/client';
import { formatPairs } from '../format-value.ts';
import { printFacts, printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';
import { describeUses } from '../workflow/show-workflow.ts';

/** Profiles, one each line. */
export function printProfiles(session: Session, profiles: readonly Profile[]): void {
  printTable(
    session,
    [
      { title: 'PROFILE', text: ({ name }) => name, isKept: true },
      { title: 'PARAMS', text: ({ params }) => formatPairs(params), isKept: true },
      { title: 'USED BY', text: ({ usedBy }) => describeUses(usedBy) },
      { title: 'VERSION', text: ({ version }) => String(version), isNumber: true, isExtra: true },
    ],
    profiles,
    'No profiles. Name them in a configuration file: poolkeeper apply -f FILE.',
  );
}

/** One profile, with a line for each of its parameters. */
export function printProfile(session: Session, { name, params, usedBy, version }: Profile): void {
  printFacts(session, [
    ['profile', name],
    ['used by', usedBy.length === 0 ? 'no pool' : describeUses(usedBy, usedBy.length)],
    ['version', String(version)],
    ...Object.entries(params).map(
      ([param, value]) =>
        [`params.${param}`, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    ),
  ]);
}
