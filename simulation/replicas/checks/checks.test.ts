import { expect, test } from 'vitest';
import { Findings } from '../../kill/checks/finding.ts';
import { aLease, at, held, reachless, RunWriter } from '../../kill/checks/test-run.ts';
import type { Exchange } from '../../kill/journal.ts';
import { SIZES } from '../configuration.ts';
import type { Turn } from '../turn-log.ts';
import { percentile } from './check-outages.ts';
import { checkReplicas } from './check-replicas.ts';
import type { ReplicaEvidence } from './check-replicas.ts';
import { REPLICA_RULES } from './rules.ts';
import type { ReplicaRule } from './rules.ts';
import type { FaultWindow } from './windows.ts';

const LIMITS = { takenOverMs: 5_000, handedOverMs: 1_000 };
const KEEPER = 'http://keeper';
const FOLLOWER = 'http://follower';

const BOARD = held('boards-0', 1);
const LEASE = aLease({ resources: reachless([BOARD]) });
const RELEASED = aLease({ ...LEASE, status: 'ended', endReason: 'released', version: 2 });

type Changed = { -readonly [K in keyof ReplicaEvidence]: ReplicaEvidence[K] };

/** One lease that outlives its keeper: asked for at one replica, seen and given back at another. */
function aGoodRun(): { run: RunWriter; evidence: () => Changed } {
  const run = new RunWriter();
  run.grant('lease-1', BOARD);
  run.see('acquire', LEASE, { server: KEEPER, key: 'lease-1' });
  run.see('look', LEASE, { server: FOLLOWER });
  run.see('release', RELEASED, { server: FOLLOWER });
  run.end('lease-1', 'released', BOARD);
  const evidence = (): Changed => ({
    ...run.evidence(),
    watched: [[...run.history], [...run.history]],
    rest: { leases: [], resources: membersAtRest() },
    turnovers: { steps: [], chains: [] },
    turns: [aTurn(1, 0), aTurn(1, 1), aTurn(2, 1), aTurn(2, 2)],
    windows: [],
    outages: [
      { fault: 'keeperKilled', kind: 'taken-over', round: 1, ms: 2_900 },
      { fault: 'stepDown', kind: 'handed-over', round: 2, ms: 300 },
    ],
    opinions: ['replica-1', 'replica-2'].map((replica) => ({
      replica,
      isReady: true,
      keeper: 'replica-1',
      term: 2,
    })),
  });
  return { run, evidence };
}

function aTurn(term: number, batch: number): Turn {
  return { term, batch, at: Date.parse(at(batch)) };
}

function membersAtRest(): ReplicaEvidence['rest']['resources'] {
  return SIZES.flatMap(([pool, size]) =>
    Array.from({ length: size }, (_, index) => {
      const id = `${pool}-${index}`;
      return { id, name: id, pool, status: 'free', epoch: id === BOARD.id ? 1 : 0, endpoints: {} };
    }),
  );
}

function broken(evidence: ReplicaEvidence): string[] {
  const findings = new Findings(REPLICA_RULES);
  checkReplicas(evidence, LIMITS, findings);
  return [...new Set(findings.all.map(({ rule }) => rule))];
}

function aWindow(more: Partial<FaultWindow>): FaultWindow {
  const plain = { round: 1, fault: 'keeperKilled', at: 0, from: 100, until: 200, isPlanned: false } as const;
  return { ...plain, excused: 'unrepeatable', struck: [KEEPER], ...more };
}

/** A request in the middle of that window that came to nothing. */
function aFailure(more: Partial<Exchange>): [Parameters<RunWriter['see']>[0], null, Partial<Exchange>] {
  const plain = { server: FOLLOWER, lease: 'lease-1', outcome: 'answered', status: 503 } as const;
  return [more.operation ?? 'renew', null, { ...plain, sent: 120, received: 130, ...more }];
}

const CUT = { outcome: 'cut', status: null } as const;
const REFUSED = { outcome: 'refused', status: null } as const;

test('a lease that outlives its keeper breaks no rule', () => {
  expect(broken(aGoodRun().evidence())).toEqual([]);
});

const EXCUSED: [what: string, failure: Partial<Exchange>, window: Partial<FaultWindow>][] = [
  ['a connection to the keeper that was killed', { ...CUT, server: KEEPER }, {}],
  ['a renewal without a key of which nobody knows what came of it', {}, {}],
  ['a read while the database is down', { operation: 'look' }, { excused: 'unavailable', struck: [] }],
  [
    'who knocks at a replica that is being restarted',
    { ...REFUSED, server: KEEPER },
    { isPlanned: true, excused: 'none' },
  ],
];

test.for(EXCUSED)('a fault excuses %s', ([, failure, window]) => {
  const { run, evidence } = aGoodRun();
  run.see(...aFailure(failure));
  expect(broken({ ...evidence(), windows: [aWindow(window)] })).toEqual([]);
});

/** What goes wrong, how, and the rule that says so. */
const BAD: [rule: ReplicaRule, what: string, harm: (run: RunWriter, evidence: Changed) => void][] = [
  [
    'grant-kept',
    'a grant that was acknowledged is not in the history',
    (run) => {
      run.see('acquire', aLease({ id: 'lease-9', resources: reachless([held('boards-1', 1)]) }));
    },
  ],
  [
    'grant-kept',
    'a grant is in the history at another epoch than was acknowledged',
    (run) => {
      run.see('look', aLease({ resources: reachless([held('boards-0', 7)]), version: 2 }));
    },
  ],
  [
    'renewal-kept',
    'a renewal that was acknowledged is not in the history',
    (run) => {
      run.see('renew', aLease({ ...LEASE, expiresAt: at(9_000), version: 2 }));
    },
  ],
  [
    'end-kept',
    'a release that was acknowledged is not in the history',
    (_, evidence) => {
      evidence.history = evidence.history.slice(0, 1);
      evidence.watched = [];
    },
  ],
  [
    'ended-stays-ended',
    'a lease that ended is renewed',
    (run, evidence) => {
      run.tell('lease.renewed', { lease: 'lease-1', expiresAt: at(9_000) });
      evidence.history = run.history;
    },
  ],
  [
    'one-holder',
    'a second holder gets what the first one holds',
    (run, evidence) => {
      const history = [...run.history];
      history.splice(1, 0, {
        ...(history[0] as (typeof history)[0]),
        lease: 'lease-2',
        data: { resources: [held('boards-0', 2)] },
      });
      evidence.history = history.map((event, index) => ({ ...event, seq: index + 1, at: at(index) }));
    },
  ],
  [
    'epoch-rises',
    'two holders have one epoch',
    (run, evidence) => {
      run.grant('lease-2', BOARD);
      evidence.history = run.history;
    },
  ],
  [
    'fenced-apart',
    'two clients are certain of one board at once',
    (run, evidence) => {
      const second = held('boards-0', 2);
      run.grant('lease-2', second);
      run.see('acquire', aLease({ id: 'lease-2', resources: reachless([second]) }), {
        sent: 2.1,
        received: 2.2,
      });
      run.see('release', aLease({ id: 'lease-2', status: 'ended', endReason: 'released', version: 2 }));
      run.end('lease-2', 'released', second);
      evidence.history = run.history;
    },
  ],
  [
    'events-gapless',
    'an event is missing',
    (run, evidence) => {
      run.tell('resource.freed', { resource: 'boards-1' });
      run.tell('resource.freed', { resource: 'boards-2' });
      evidence.history = run.history.toSpliced(2, 1);
    },
  ],
  [
    'events-gapless',
    'an event is there twice',
    (run, evidence) => {
      evidence.history = [...run.history, ...run.history.slice(-1)];
    },
  ],
  [
    'seen-stays-seen',
    'a stream tells of an event that is not in the history',
    (run, evidence) => {
      evidence.history = [...run.history];
      run.tell('resource.freed', { resource: 'boards-1' });
      evidence.watched = [[], run.history];
    },
  ],
  [
    'seen-stays-seen',
    'a read through a follower does not see what was acknowledged before',
    (run) => {
      run.see('look', LEASE, { server: FOLLOWER });
    },
  ],
  [
    'one-lease-per-key',
    'a key that was sent to two replicas made two leases',
    (run, evidence) => {
      run.see('acquire', aLease({ id: 'lease-2', status: 'ended', endReason: 'released' }), {
        key: 'lease-1',
      });
      run.end('lease-2', 'released');
      evidence.history = run.history;
    },
  ],
  [
    'end-caused',
    'a lease expires before its time',
    (run, evidence) => {
      run.grant('lease-2', held('boards-1', 1));
      run.end('lease-2', 'expired', held('boards-1', 1));
      evidence.history = run.history;
    },
  ],
  [
    'answered',
    'a request fails without a fault',
    (run) => {
      run.see(...aFailure({ operation: 'look' }));
    },
  ],
  [
    'answered',
    'a read through a replica that lives fails during a take-over',
    (run, evidence) => {
      run.see(...aFailure({ operation: 'look' }));
      evidence.windows = [aWindow({})];
    },
  ],
  [
    'answered',
    'a request with a key fails during a take-over',
    (run, evidence) => {
      run.see(...aFailure({ operation: 'acquire', key: 'k' }));
      evidence.windows = [aWindow({})];
    },
  ],
  [
    'answered',
    'a replica that lives breaks a connection',
    (run, evidence) => {
      run.see(...aFailure(CUT));
      evidence.windows = [aWindow({})];
    },
  ],
  [
    'answered',
    'a replica that is told to end breaks a connection',
    (run, evidence) => {
      run.see(...aFailure({ ...CUT, server: KEEPER }));
      evidence.windows = [aWindow({ isPlanned: true, excused: 'none' })];
    },
  ],
  [
    'answered',
    'a request fails during a hand-over',
    (run, evidence) => {
      run.see(...aFailure({}));
      evidence.windows = [aWindow({ isPlanned: true, excused: 'none', struck: [] })];
    },
  ],
  [
    'answered',
    'a request is answered with an error of the server',
    (run, evidence) => {
      run.see(...aFailure({ status: 500 }));
      evidence.windows = [aWindow({ excused: 'unavailable' })];
    },
  ],
  [
    'terms-apart',
    'a term writes after a later one has begun',
    (_, evidence) => {
      evidence.turns = [...evidence.turns, aTurn(1, 3)];
      evidence.opinions = [];
    },
  ],
  [
    'terms-apart',
    'a batch is written twice',
    (_, evidence) => {
      evidence.turns = [...evidence.turns, aTurn(2, 2)];
    },
  ],
  [
    'terms-apart',
    'a batch is missing',
    (_, evidence) => {
      evidence.turns = [...evidence.turns, aTurn(2, 4)];
    },
  ],
  [
    'taken-over',
    'nobody takes over for too long',
    (_, evidence) => {
      evidence.outages = [
        ...evidence.outages,
        { fault: 'keeperCut', kind: 'taken-over', round: 3, ms: 5_001 },
      ];
    },
  ],
  [
    'handed-over',
    'a hand-over takes too long',
    (_, evidence) => {
      evidence.outages = [
        ...evidence.outages,
        { fault: 'stepDown', kind: 'handed-over', round: 3, ms: 1_001 },
      ];
    },
  ],
  [
    'all-agree',
    'a replica takes another one for the keeper',
    (_, evidence) => {
      evidence.opinions = evidence.opinions.map((opinion, index) => ({
        ...opinion,
        keeper: `replica-${index}`,
      }));
    },
  ],
  [
    'all-agree',
    'a replica is not ready when all is well',
    (_, evidence) => {
      evidence.opinions = evidence.opinions.map((opinion, index) => ({ ...opinion, isReady: index > 0 }));
    },
  ],
  [
    'all-agree',
    'the database is at another term',
    (_, evidence) => {
      evidence.turns = [...evidence.turns, aTurn(3, 2)];
    },
  ],
  [
    'settles',
    'a lease never ends',
    (_, evidence) => {
      evidence.rest = { ...evidence.rest, leases: ['lease-9'] };
    },
  ],
  [
    'clean-before-free',
    'a tub is lent with the mark of its last holder',
    (_, evidence) => {
      const found = {
        act: 'found',
        key: 'k',
        run: 'run-1',
        step: 'soil',
        resource: 'tub-0',
        lease: 'lease-2',
        of: 'lease-1',
      };
      evidence.turnovers = { steps: [found], chains: [] };
    },
  ],
];

test.for(BAD)('%s: it is found when %s', ([rule, , harm]) => {
  const { run, evidence } = aGoodRun();
  const changed = evidence();
  harm(run, changed);
  expect(broken(changed)).toContain(rule);
});

test('p99 of fewer than a hundred is the longest, and of more leaves out one in a hundred', () => {
  expect(percentile([3, 1, 2], 0.99)).toBe(3);
  expect(percentile([...Array.from({ length: 199 }, () => 1), 9], 0.99)).toBe(1);
  expect(percentile([], 0.99)).toBeUndefined();
});
