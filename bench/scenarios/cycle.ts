import { join } from 'node:path';
import type { HttpLoadInput, HttpLoadOutput } from '../load/http-load.ts';
import { runLoad } from '../load/run-load.ts';
import { figureOf } from '../scenario.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { seedStore } from '../seed-store.ts';
import { startServer } from '../server-under-test.ts';
import { readCommits } from '../commits.ts';
import type { Commits } from '../commits.ts';
import { median } from '../statistics.ts';

const POOL = 'bench';
const RESOURCES = 1_000;
const CONNECTIONS = 64;
const MATCH = { arch: 'amd64' };
/** Requests/s of the cycle for each request/s of the empty route. */
const BUDGET = { atLeast: 0.6 };

type Round = { empty: HttpLoadOutput; cycle: HttpLoadOutput; commits: Commits };

/** Durable acquire and release against an empty route of the same server, in alternating rounds. */
export const cycle: Scenario = {
  name: 'cycle',
  about: `${CONNECTIONS} connections, ${RESOURCES} resources: an empty route against acquire and release`,
  async run(context) {
    const data = join(context.directory, 'cycle');
    await seedStore(data, [{ name: POOL, resources: RESOURCES }]);
    await using server = await startServer({
      entry: context.serverEntry,
      data,
      pools: [POOL],
      profileDirectory: context.profileDirectory,
    });
    const target = await server.api.createHolderToken('bench-load');
    const load = (turn: HttpLoadInput['turn']): Promise<HttpLoadOutput> =>
      runLoad<HttpLoadInput, HttpLoadOutput>('http-load.ts', { target, turn, ...loadOf(context) });
    const rounds: Round[] = [];
    for (let round = 1; round <= context.rounds; round += 1) {
      const empty = await load('empty');
      const before = await readCommits(server.api);
      const cycled = await load('cycle');
      const commits = (await readCommits(server.api)).since(before);
      rounds.push({ empty, cycle: cycled, commits });
      context.say(`round ${round} of ${context.rounds}`);
    }
    return resultOf(rounds);
  },
};

function loadOf({ isQuick }: ScenarioContext) {
  const times = isQuick ? { warmUpMs: 300, measureMs: 300 } : { warmUpMs: 2_000, measureMs: 5_000 };
  return { pool: POOL, match: MATCH, connections: CONNECTIONS, ...times };
}

function resultOf(rounds: readonly Round[]) {
  const of = (pick: (round: Round) => number): number[] => rounds.map(pick);
  const clientShare = median(of(({ empty }) => empty.cpuShare));
  return {
    figures: [
      figureOf(
        'cycle / empty route, requests/s',
        '×',
        of((r) => r.cycle.requestsPerSecond / r.empty.requestsPerSecond),
        BUDGET,
      ),
      figureOf(
        'empty route',
        'requests/s',
        of((r) => r.empty.requestsPerSecond),
      ),
      figureOf(
        'acquire+release',
        'requests/s',
        of((r) => r.cycle.requestsPerSecond),
      ),
      figureOf(
        'commits',
        '/s',
        of((r) => (r.cycle.requestsPerSecond * r.commits.commits) / r.cycle.requestsInAll),
      ),
      figureOf(
        'requests in a commit',
        '',
        of((r) => r.commits.commands / r.commits.commits),
      ),
      figureOf(
        'a commit',
        'ms (mean)',
        of((r) => r.commits.milliseconds / r.commits.commits),
      ),
      figureOf(
        'empty route p50',
        'ms',
        of((r) => r.empty.first.p50),
      ),
      figureOf(
        'empty route p99',
        'ms',
        of((r) => r.empty.first.p99),
      ),
      figureOf(
        'acquire p50',
        'ms',
        of((r) => r.cycle.first.p50),
      ),
      figureOf(
        'acquire p99',
        'ms',
        of((r) => r.cycle.first.p99),
      ),
      figureOf(
        'release p50',
        'ms',
        of((r) => r.cycle.second.p50),
      ),
      figureOf(
        'release p99',
        'ms',
        of((r) => r.cycle.second.p99),
      ),
    ],
    notes: [
      `The load process used ${Math.round(clientShare * 100)} % of a core on the empty route; near 100 % it, not the server, would be the bound.`,
    ],
    details: { rounds },
  };
}
