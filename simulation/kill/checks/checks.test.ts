import { expect, test } from 'vitest';
import { checkRun } from './check-run.ts';
import type { Evidence } from './check-run.ts';
import { readStepLines } from './check-turnovers.ts';
import { Findings, RULES } from './finding.ts';
import type { Rule } from './finding.ts';
import { aLease, aRest, at, held, reachless, RunWriter } from './test-run.ts';

const SOIL = {
  act: 'soil',
  key: 'job-1',
  run: 'run-1',
  step: 'soil',
  resource: 'tub-0',
  lease: 'lease-2',
  of: '-',
};
/** Of the board that the good run lends once. */
const CHAIN = { resource: 'board-0', verdict: 'proven', records: 1, faults: [] };

function brokenRules(evidence: Evidence): Rule[] {
  const findings = new Findings(RULES);
  checkRun(evidence, findings);
  return [...new Set(findings.all.map(({ rule }) => rule as Rule))];
}

const BOARD = held('board-0', 1);
const LEASE = aLease({ resources: reachless([BOARD]) });
const RELEASED = aLease({ ...LEASE, status: 'ended', endReason: 'released', version: 2 });

/** One lease from its request to its release, with everything that there is to see of it. */
function aGoodRun(): RunWriter {
  const run = new RunWriter();
  run.tell('lease.queued', { lease: 'lease-1' });
  run.see('acquire', aLease({ status: 'queued' }), { key: 'lease-1' });
  run.grant('lease-1', BOARD);
  run.see('look', LEASE);
  run.tell('lease.renewed', { lease: 'lease-1', expiresAt: at(7_000) });
  run.see('renew', aLease({ ...LEASE, expiresAt: at(7_000) }));
  run.see('release', RELEASED);
  run.end('lease-1', 'released', BOARD);
  run.tell('resource.freed', { resource: 'board-0' });
  run.rest = aRest({ 'board-0': 1 });
  return run;
}

/** Another lease on the same board, after the first. */
function aSecondHolder(run: RunWriter): void {
  const again = held('board-0', 2);
  const lease = aLease({ id: 'lease-2', resources: reachless([again]) });
  run.grant('lease-2', again);
  run.see('acquire', lease, { client: 'client-2' });
  run.see(
    'release',
    { ...lease, status: 'ended', endReason: 'released', version: 2 },
    { client: 'client-2' },
  );
  run.end('lease-2', 'released', again);
  run.rest = aRest({ 'board-0': 2 });
}

test('a good run breaks no rule', () => {
  expect(brokenRules(aGoodRun().evidence())).toEqual([]);
});

test('a board that goes from one holder to the next breaks no rule', () => {
  const run = aGoodRun();
  aSecondHolder(run);
  expect(brokenRules(run.evidence())).toEqual([]);
});

test('an answer that a kill cut off, repeated with the same key, breaks no rule', () => {
  const run = aGoodRun();
  run.see('acquire', null, { key: 'lease-1', outcome: 'cut', status: null, sent: 20, received: 22 });
  run.stops.push({ round: 3, signal: 'SIGKILL', at: 0, from: 21, until: 30 });
  run.see('acquire', RELEASED, { key: 'lease-1', sent: 31, received: 32 });
  expect(brokenRules(run.evidence())).toEqual([]);
});

test('a lease that nobody releases may expire when its time is over', () => {
  const run = new RunWriter();
  run.grant('lease-1', BOARD);
  run.see('acquire', LEASE);
  run.history.push({ ...run.end('lease-1', 'expired', BOARD), at: at(5_000) });
  run.history.splice(1, 1);
  run.rest = aRest({ 'board-0': 1 });
  expect(brokenRules(run.evidence())).toEqual([]);
});

/** What goes wrong, how, and the rules that say so. */
const BAD: [what: string, harm: (run: RunWriter) => void, ...rules: Rule[]][] = [
  [
    'two holders at once',
    (run) => {
      const second = held('board-0', 2);
      run.history.splice(3);
      run.grant('lease-2', second);
      run.see('release', null, { lease: 'lease-2', status: 503 });
      run.end('lease-2', 'released', second);
      run.end('lease-1', 'released', BOARD);
      run.history.forEach((event, index) => Object.assign(event, { seq: index + 1, at: at(index) }));
      run.rest = aRest({ 'board-0': 2 });
    },
    'one-holder',
  ],
  [
    'a resource that is freed while it is held',
    (run) => {
      run.grant('lease-2', held('board-0', 2));
      run.tell('resource.freed', { resource: 'board-0' });
      run.see('release', null, { lease: 'lease-2', status: 503 });
      run.end('lease-2', 'released', held('board-0', 2));
      run.rest = aRest({ 'board-0': 2 });
    },
    'one-holder',
  ],
  [
    'two clients that were certain of one board at once',
    (run) => {
      aSecondHolder(run);
      const answer = run.exchanges.find(
        ({ lease, operation }) => lease === 'lease-2' && operation === 'acquire',
      );
      Object.assign(answer as object, { sent: 4.1, received: 4.2 });
    },
    'fenced-apart',
  ],
  [
    'a grant that was acknowledged and is not in the history',
    (run) => {
      run.see('acquire', aLease({ id: 'lease-9', resources: reachless([held('board-1', 1)]) }));
    },
    'grant-kept',
  ],
  [
    'a grant with other resources than were acknowledged',
    (run) => {
      run.see('look', aLease({ resources: reachless([held('board-1', 1)]), version: 9 }));
    },
    'grant-kept',
  ],
  [
    'a queued lease that was acknowledged and is not in the history',
    (run) => {
      run.see('acquire', aLease({ id: 'lease-9', status: 'queued' }));
    },
    'queued-kept',
  ],
  [
    'an epoch that does not rise',
    (run) => {
      aSecondHolder(run);
      for (const { data } of run.history) {
        for (const resource of data.resources ?? []) Object.assign(resource, { epoch: 1 });
      }
      run.exchanges.splice(4);
      run.see('release', null, { lease: 'lease-2', status: 503 });
      run.rest = aRest({ 'board-0': 1 });
    },
    'epoch-rises',
  ],
  ['an event that is missing', (run) => void run.history.splice(2, 1), 'events-gapless', 'renewal-kept'],
  [
    'events whose time runs backwards',
    (run) => void Object.assign(run.history[2] as object, { at: at(-1) }),
    'events-gapless',
  ],
  [
    'an end that was acknowledged and is not in the history',
    (run) => {
      run.history.splice(3);
      run.ended.splice(0);
    },
    'end-kept',
  ],
  [
    'an end with another reason than was acknowledged',
    (run) => void run.see('release', { ...RELEASED, endReason: 'expired', version: 9 }),
    'end-kept',
  ],
  [
    'a renewal that was acknowledged and is not in the history',
    (run) => void run.see('renew', aLease({ ...RELEASED, status: 'active', expiresAt: at(9_000) })),
    'renewal-kept',
  ],
  ['a lease that ended although nobody released it', (run) => void run.exchanges.splice(3), 'end-caused'],
  [
    'a lease that an operator ended, of whom there is none',
    (run) => {
      run.exchanges.splice(3);
      run.history.splice(3, 1, { ...run.end('lease-1', 'ended_by_operator', BOARD), seq: 4, at: at(4) });
      run.history.splice(5);
    },
    'end-caused',
  ],
  [
    'a lease that expired before its time',
    (run) => {
      run.exchanges.splice(3);
      run.history.splice(3, 1, { ...run.end('lease-1', 'expired', BOARD), seq: 4, at: at(4) });
      run.history.splice(5);
    },
    'end-caused',
  ],
  [
    'a missed heartbeat before the time that was acknowledged',
    (run) => {
      run.exchanges.splice(3);
      run.see('heartbeat', aLease({ ...LEASE, heartbeatBy: at(900), version: 2 }));
      run.history.splice(3, 1, { ...run.end('lease-1', 'heartbeat_missed', BOARD), seq: 4, at: at(4) });
      run.history.splice(5);
    },
    'end-caused',
  ],
  [
    'a lease that is renewed after its end',
    (run) => void run.tell('lease.renewed', { lease: 'lease-1', expiresAt: at(9_000) }),
    'ended-stays-ended',
  ],
  [
    'a key that answered two leases',
    (run) => {
      aSecondHolder(run);
      run.see('acquire', aLease({ id: 'lease-2', resources: reachless([held('board-0', 2)]), version: 9 }), {
        key: 'lease-1',
      });
    },
    'one-lease-per-key',
  ],
  [
    'a key that made a second lease of which nobody was told',
    (run) => void run.ended.push(aLease({ id: 'lease-2', note: 'lease-1' })),
    'one-lease-per-key',
  ],
  ['a lease that goes back to an earlier version', (run) => void run.see('look', LEASE), 'seen-stays-seen'],
  [
    'a live lease that is denied',
    (run) => {
      run.grant('lease-2', held('board-1', 1));
      run.see('heartbeat', null, { lease: 'lease-2', status: 404, why: 'lease_not_found' });
      run.rest = aRest({ 'board-0': 1, 'board-1': 1 });
    },
    'seen-stays-seen',
  ],
  [
    'a resource that goes back to an earlier version',
    (run) => {
      run.sightings.push({ sent: 1, received: 2, resources: [{ id: 'board-0', version: 4 }] });
      run.sightings.push({ sent: 3, received: 4, resources: [{ id: 'board-0', version: 3 }] });
    },
    'seen-stays-seen',
  ],
  [
    'a resource that vanishes without a word',
    (run) => {
      run.sightings.push({ sent: 1, received: 2, resources: [{ id: 'fresh-9', version: 1 }] });
      run.sightings.push({ sent: 3, received: 4, resources: [] });
    },
    'seen-stays-seen',
  ],
  [
    'a leased process that does not answer',
    (run) => {
      const visit = {
        round: 3,
        client: 'client-1',
        lease: 'lease-1',
        resource: 'kept-0',
        endpoint: 'http://kept-0',
      };
      run.visits.push({ ...visit, from: 0, until: 0, answeredBy: null, why: 'ECONNREFUSED' });
    },
    'held-serves',
  ],
  [
    'an answer that is a server error',
    (run) => void run.see('look', null, { lease: 'lease-1', status: 500 }),
    'answered',
  ],
  [
    'a request that is never answered',
    (run) => void run.see('look', null, { outcome: 'unanswered', status: null }),
    'answered',
  ],
  [
    'a connection that ends although nobody stopped the server',
    (run) => void run.see('look', null, { outcome: 'cut', status: null }),
    'answered',
  ],
  [
    'a connection that a server which was asked to stop drops',
    (run) => {
      run.see('look', null, { outcome: 'cut', status: null, sent: 20, received: 22 });
      run.stops.push({ round: 3, signal: 'SIGTERM', at: 0, from: 21, until: 30 });
    },
    'answered',
  ],
  ['a lease that never ends', (run) => void Object.assign(run.rest, { leases: ['lease-7'] }), 'settles'],
  ['a pool that lacks a member', (run) => void (run.rest.resources as unknown[]).shift(), 'settles'],
  ['a resource at another epoch than it was granted', (run) => void (run.rest = aRest()), 'settles'],
  [
    'a process without a resource',
    (run) => {
      const orphan = { pid: 7, resource: 'fresh-9', command: 'node' };
      run.rest = { ...run.rest, processes: [...run.rest.processes, orphan] };
    },
    'no-orphan',
  ],
  [
    'a resource with two processes',
    (run) => {
      const twin = { pid: 7, resource: 'fresh-0', command: 'node' };
      run.rest = { ...run.rest, processes: [...run.rest.processes, twin] };
    },
    'no-orphan',
  ],
  [
    'an endpoint at which another resource answers',
    (run) => void (run.rest.answers as Map<string, string>).set('http://kept-0', 'kept-1'),
    'held-serves',
  ],
  [
    'a holder that finds the mark of the one before it',
    (run) => void run.turnovers.steps.push({ ...SOIL, act: 'found', of: 'lease-1' }),
    'clean-before-free',
  ],
  [
    'a step that is repeated under another key',
    (run) => void run.turnovers.steps.push(SOIL, { ...SOIL, key: 'job-2' }),
    'one-key-per-step',
  ],
  [
    'a record that was changed',
    (run) => void run.turnovers.chains.push({ ...CHAIN, verdict: 'tampered' }),
    'records-proven',
  ],
  [
    'a return without a record',
    (run) => void run.turnovers.chains.push({ ...CHAIN, records: 0 }),
    'records-proven',
  ],
];

test.each(BAD)('%s is found and named', (_what, harm, ...rules) => {
  const run = aGoodRun();
  harm(run);
  expect(brokenRules(run.evidence()).toSorted()).toEqual([...rules].toSorted());
});

test('an event that was shown and is gone after a restart is found', () => {
  const evidence = aGoodRun().evidence();
  const shown = [...evidence.watched, { ...aGoodRun().tell('resource.freed', { resource: 'board-1' }) }];
  expect(brokenRules({ ...evidence, watched: shown })).toEqual(['seen-stays-seen']);
});

test('steps under one key, a proven chain, and a line that a kill cut off break no rule', () => {
  const run = aGoodRun();
  run.turnovers.steps.push(SOIL, SOIL);
  run.turnovers.chains.push(CHAIN);
  expect(brokenRules(run.evidence())).toEqual([]);
  expect(readStepLines('soil job-1 run-1 soil tub-0 lease-2 -\nwipe job-2 run-')).toEqual([SOIL]);
});

test('a finding says in which round it can be seen, with the lines that show it', () => {
  const run = aGoodRun();
  run.see('acquire', aLease({ id: 'lease-9', resources: reachless([held('board-1', 4)]) }), { key: 'k' });
  const findings = new Findings(RULES);
  checkRun(run.evidence(), findings);
  expect(findings.all).toHaveLength(1);
  expect(findings.all[0]).toMatchObject({ rule: 'grant-kept', round: 3 });
  expect(findings.all[0]?.evidence.join('\n')).toMatch(/acquire with key k → 201 lease-9 active .*board-1@4/);
});

test('every rule that a history and its answers can break is broken by a run of this file', () => {
  const judgedByTheMachine: Rule[] = ['file-intact', 'stops-cleanly'];
  const broken = new Set(BAD.flatMap(([, , ...rules]) => rules));
  const rules = Object.keys(RULES) as Rule[];
  expect(rules.filter((rule) => !broken.has(rule))).toEqual(judgedByTheMachine);
});
