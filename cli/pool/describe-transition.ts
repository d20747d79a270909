import type { Pool } from '@poolkeeper/client';
import type { Fact } from '../table.ts';

type On = Pool['on'];
type Transition = NonNullable<On['release']>;

/** What happens to a resource of a pool when it moves: a line for each move at which something does. */
export function transitionFacts({ on }: Pool): Fact[] {
  return (['enter', 'allocate', 'release', 'exit'] as const).map((move) => [
    `on ${move}`,
    describeTransition(on[move] ?? {}),
  ]);
}

/** `clean wipe, verify nothing-left; adds profile lab, params lease=…` */
function describeTransition(transition: Transition): string {
  const { workflow, clean, verify, addProfiles, removeProfiles, addParams, removeParams } = transition;
  const runs = [
    ...(workflow === undefined ? [] : [`run ${workflow}`]),
    ...(clean === undefined ? [] : [`clean ${clean}`]),
    ...(verify === undefined ? [] : [`verify ${verify}`]),
  ];
  const removes = [...listOf('profile', removeProfiles), ...listOf('param', removeParams)];
  const adds = [...listOf('profile', addProfiles), ...listOf('param', Object.keys(addParams ?? {}))];
  return [
    runs.join(', '),
    removes.length === 0 ? '' : `takes ${removes.join(', ')}`,
    adds.length === 0 ? '' : `gives ${adds.join(', ')}`,
  ]
    .filter(Boolean)
    .join('; ');
}

function listOf(what: string, names: readonly string[] = []): string[] {
  return names.length === 0 ? [] : [`${what}${names.length === 1 ? '' : 's'} ${names.join(' and ')}`];
}
