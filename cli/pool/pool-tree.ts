import type { Pool } from '@poolkeeper/client';
import { ROOT_POOL } from '@poolkeeper/core/words';
import { formatCount } from '../format-bytes.ts';
import { printLine } from '../output.ts';
import type { Session } from '../runtime.ts';

/** The pools as a tree under the root, each with its members. */
export function printPoolTree({ context, colors }: Session, pools: readonly Pool[]): void {
  const byName = new Map(pools.map((pool) => [pool.name, pool]));
  const under = Map.groupBy(
    pools.filter(({ name }) => name !== ROOT_POOL),
    // What hangs under a pool that is not shown is shown under the root.
    ({ parent }) => (parent !== null && byName.has(parent) ? parent : ROOT_POOL),
  );
  const print = (name: string, lead: string, branch: string): void => {
    const pool = byName.get(name);
    const told = pool === undefined ? colors.dim('no pool of this name') : describe(pool);
    printLine(context.stdout, `${lead}${branch}${name}  ${told}`);
    const children = under.get(name) ?? [];
    const inner = `${lead}${INDENTS[branch] ?? ''}`;
    children.forEach((child, index) => {
      print(child.name, inner, index === children.length - 1 ? '└─ ' : '├─ ');
    });
  };
  print(ROOT_POOL, '', '');
}

const INDENTS: Readonly<Record<string, string>> = { '├─ ': '│  ', '└─ ': '   ' };

function describe({ resources, held, queued, status, target }: Pool): string {
  const members = Object.entries(resources).reduce(
    (sum, [state, count]) => (state === 'gone' ? sum : sum + count),
    0,
  );
  const parts = [
    formatCount(members, 'member'),
    ...(target === null || target === members ? [] : [`of ${target}`]),
    ...(['free', 'leased'] as const).map((state) => `${resources[state] ?? 0} ${state}`),
    ...(held === 0 ? [] : [`${held} held`]),
    ...(queued === 0 ? [] : [`${queued} waiting`]),
    ...(status === 'open' ? [] : [status]),
  ];
  return parts.join(', ');
}
