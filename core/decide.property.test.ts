import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from './decide.ts';
import { Refusal } from './errors.ts';
import { RESOURCE_TRANSITIONS } from './model/resource.ts';
import type { ResourceStatus } from './model/resource.ts';
import { rolloutCount, targetSize } from './pool/resize-pool.ts';
import { anyStep, aPlainWorld, commandOf, ROUNDS_POOL, WHOLE } from './testing/any-command.ts';
import type { TestWorld } from './testing/world-builder.ts';
import { poolSize } from './upkeep/pool-size.ts';
import { checkWorld } from './world/check-world.ts';
import type { World } from './world/world.ts';

function fingerprint(world: World): string {
  const { meta, providers, resources, leases, runs, jobs, tokens, receipts, pools, upkeeps, secrets } = world;
  return JSON.stringify([
    meta,
    [...providers],
    [...resources],
    [...leases],
    [...runs],
    [...jobs],
    [...tokens],
    [...receipts],
    [...upkeeps],
    [...secrets],
    [...pools.values()].map((s) => [s.pool, s.counts]),
  ]);
}

/**
 * What no look at one moment can tell: every status follows the table (R5), in the two steps at most that one decision takes
 * without workflows; epochs never fall (R6); what was leased comes back only with its lease (R7); versions rise (W6).
 */
function checkChanges(decision: Decision<unknown>): void {
  const ended = new Set(decision.ended.map((lease) => lease.id));
  // A lease that could not be prepared goes back to the queue, and what it had besides comes back.
  for (const { type, lease, data } of decision.events)
    if (type === 'lease.queued' && data['reason'] !== undefined) ended.add(lease as string);
  for (const change of decision.changes) {
    if (change.kind === 'lease' || change.kind === 'resource') {
      const isNewer = change.after === undefined || change.after.version > (change.before?.version ?? -1);
      expect(isNewer, `${change.id} keeps its version`).toBe(true);
    }
    if (change.kind !== 'resource' || change.before === undefined) continue;
    const { before, after } = change;
    expect(canBecome(before.status, after?.status ?? 'gone'), `${before.status} → ${after?.status}`).toBe(
      true,
    );
    expect(after?.epoch ?? Infinity).toBeGreaterThanOrEqual(before.epoch);
    const isTaken = before.status === 'leased' && after?.leaseId !== before.leaseId;
    if (isTaken) expect(ended, `${change.id} was taken`).toContain(before.leaseId);
  }
}

function canBecome(from: ResourceStatus, to: ResourceStatus): boolean {
  if (from === to) return true;
  const next = Object.values(RESOURCE_TRANSITIONS[from]).filter((status) => status !== null);
  return next.some((status) => status === to || Object.values(RESOURCE_TRANSITIONS[status]).includes(to));
}

/** P14: where a free member was given up for a rollout, no more than its pool allows at once are being made afterwards. */
function checkPace(world: World, { events, changes }: Decision<unknown>): void {
  const wasFree = new Set<string>();
  for (const { kind, id, before, after } of changes) {
    if (kind === 'resource' && before?.status === 'free' && after?.status === 'exiting') wasFree.add(id);
  }
  for (const { type, resource, pool, data } of events) {
    const isRollout = type === 'resource.exiting' && data['reason'] === 'an older template made it';
    const state = world.pools.get(pool ?? '');
    if (!isRollout || !wasFree.has(resource ?? '') || state === undefined) continue;
    const { requested, entering } = state.counts;
    expect(requested + entering).toBeLessThanOrEqual(rolloutCount(state, targetSize(state) ?? 0));
  }
}

/** P24: what the children of a pool are sized to is together its size. */
function checkShares({ world }: TestWorld): void {
  const whole = world.pools.get(WHOLE)?.pool;
  if (whole === undefined) return;
  const children = [ROUNDS_POOL, 'made'].map((name) => world.pools.get(name)?.pool);
  // A configuration that prunes may give up a child with its parent.
  if (children.some((child) => child?.status !== 'open')) return;
  const [all, web, made] = [WHOLE, ROUNDS_POOL, 'made'].map((name) => poolSize(world, name).desired);
  expect((web as number) + (made as number)).toBe(all);
}

/** A step, and whether its decision leaves sizing to a later one. */
const deferrable = fc.tuple(anyStep, fc.boolean());

/** Holds R1 R2 R3 R4 R5 R6 R7 R13, L1 L2 L3 L4 L5 L9, Q1, J1 J2 J3 J4, T1 T12 T13, P1 P2 P14 P15 P17 P24, U3 U6 U7 U17, W1 W2 W4 W6: at every moment, and from each to the next. */
test('any row of commands keeps every invariant, and a refused one leaves no trace', () => {
  const RUNS = 300;
  fc.assert(
    fc.property(fc.array(deferrable, { minLength: 20, maxLength: 60 }), fc.boolean(), (steps, isMoving) => {
      const t = aPlainWorld(isMoving);
      let seq = t.world.meta.eventSeq;
      steps.forEach(([s, isSizingDeferred], n) => {
        t.isSizingDeferred = isSizingDeferred;
        const command = commandOf(t, s, n);
        if (command === undefined) return;
        const before = fingerprint(t.world);
        try {
          const decision = t.decide(command);
          for (const event of decision.events) expect(event.seq).toBe((seq += 1));
          checkChanges(decision);
          checkPace(t.world, decision);
          if (command.type === 'planConfiguration') {
            const restored = JSON.parse(fingerprint(t.world)) as unknown[];
            expect(sortMaps(restored)).toEqual(sortMaps(JSON.parse(before) as unknown[]));
          }
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          const restored = JSON.parse(fingerprint(t.world)) as unknown[];
          expect(sortMaps(restored)).toEqual(sortMaps(JSON.parse(before) as unknown[]));
        }
        expect(checkWorld(t.world), JSON.stringify(command)).toEqual([]);
      });
      t.isSizingDeferred = false;
      t.do({ type: 'tick' });
      expect([...t.world.unsettledPools], 'one tick makes up for all that was left').toEqual([]);
      checkShares(t);
      expect(checkWorld(t.world)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

/** Undoing a removal puts the entry at the end of its map; the order of a map means nothing. */
function sortMaps(parts: unknown[]): unknown[] {
  return parts.map((part) =>
    Array.isArray(part) ? part.map((entry) => JSON.stringify(entry)).toSorted() : part,
  );
}
