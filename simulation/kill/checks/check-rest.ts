import { PROCESS_POOLS, PROCESSES, BOARDS, POOL, TUBS } from '../configuration.ts';
import type { TaggedProcess } from '../tagged-processes.ts';
import type { Findings } from './finding.ts';
import type { Story } from './story.ts';

/** As much of a resource as the checker looks at. */
export type RestingResource = {
  readonly id: string;
  readonly name: string;
  readonly pool: string;
  readonly status: string;
  readonly epoch: number;
  readonly endpoints: Readonly<Record<string, string>>;
};

/** The server at rest: no load, no lease, and time enough for every pool to be at its size. */
export type Rest = {
  /** Ids of leases that did not end. */
  readonly leases: readonly string[];
  readonly resources: readonly RestingResource[];
  readonly processes: readonly TaggedProcess[];
  /** The resource that answers at each endpoint; null where nobody does. */
  readonly answers: ReadonlyMap<string, string | null>;
};

/** Checks what there is at rest: against the configuration, the history, and the machine. */
export function checkRest(story: Story, rest: Rest, findings: Findings): void {
  checkMembers(story, { ...rest, sizes: sizes() }, findings);
  checkProcesses(rest, findings);
}

/** Checks that every lease ended, and that each pool is at its size with the epochs of the history. */
export function checkMembers(
  story: Story,
  rest: Pick<Rest, 'leases' | 'resources'> & { readonly sizes: readonly (readonly [string, number])[] },
  findings: Findings,
): void {
  for (const id of rest.leases) {
    findings.add('settles', `lease ${id} did not end`, story.leases.get(id)?.granted);
  }
  for (const [pool, size] of rest.sizes) {
    const members = rest.resources.filter((resource) => resource.pool === pool);
    const free = members.filter(({ status }) => status === 'free');
    if (free.length === size && members.length === size) continue;
    const shown = members.map(({ name, status }) => `${name} is ${status}`);
    findings.add(
      'settles',
      `pool ${pool} has ${free.length} free of ${members.length} members, not ${size}`,
      ...shown,
    );
  }
  for (const { id, epoch } of rest.resources) {
    const told = story.epochs.get(id) ?? 0;
    if (epoch !== told)
      findings.add('settles', `${id} is at epoch ${epoch}, and was last granted at ${told}`);
  }
}

function sizes(): [string, number][] {
  return [
    [POOL.boards, BOARDS],
    [POOL.tubs, TUBS],
    ...PROCESS_POOLS.map((pool): [string, number] => [pool, PROCESSES]),
  ];
}

function checkProcesses({ resources, processes, answers }: Rest, findings: Findings): void {
  const expected = resources.filter(({ pool }) => PROCESS_POOLS.includes(pool));
  for (const process of processes) {
    const { pid, resource, command } = process;
    if (expected.some(({ id }) => id === resource)) continue;
    findings.add(
      'no-orphan',
      `process ${pid} belongs to ${resource}, which is no resource any more`,
      command,
    );
  }
  for (const { id, name, endpoints } of expected) {
    const own = processes.filter(({ resource }) => resource === id);
    if (own.length !== 1) {
      const shown = own.map(({ pid, command }) => `process ${pid}: ${command}`);
      findings.add('no-orphan', `${name} (${id}) has ${own.length} processes`, ...shown);
    }
    const endpoint = endpoints['http'] ?? '';
    const by = answers.get(endpoint) ?? null;
    if (by !== id)
      findings.add('held-serves', `${name} (${id}) does not answer at "${endpoint}", but ${by ?? 'nobody'}`);
  }
}
