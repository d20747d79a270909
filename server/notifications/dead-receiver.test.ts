import { expect, test } from 'vitest';
import { aNotifiedWorld } from './testing/notified-world.ts';
import { TestReceiver } from './testing/test-receiver.ts';

const HOUR_MS = 3_600_000;

test.each(['hangs', 'fails'])(
  'a receiver that %s for an hour delays neither a lease nor another receiver (N8)',
  async (how) => {
    const dead = new TestReceiver();
    if (how === 'hangs') dead.isHanging = true;
    else dead.failing = Number.POSITIVE_INFINITY;
    const well = new TestReceiver();
    const world = await aNotifiedWorld({ http: dead, mail: well });
    await world.pool('boards', 1);
    await world.webhook({ name: 'dead' });
    await world.webhook({ name: 'well', kind: 'mail', to: ['ops@example.org'] });
    const before = await world.keeper.read(({ meta }) => meta.eventSeq);
    const { commits } = world.store;
    for (let minute = 0; minute < 60; minute += 1) {
      const startedAt = world.time.now();
      const lease = await world.lease('boards');
      await world.keeper.ask({ type: 'endLease', lease, asHolder: null });
      expect(world.time.now(), 'no time passed').toBe(startedAt);
      await world.pass(60_000);
    }
    const last = await world.keeper.read(({ meta }) => meta.eventSeq);
    expect(well.seqs).toEqual(Array.from({ length: last - before }, (_, index) => before + 1 + index));
    expect(dead.seqs).toEqual([]);
    // 5 s, doubling: eleven attempts take an hour and more.
    expect(dead.attempts).toBeGreaterThan(how === 'hangs' ? 0 : 5);
    expect(dead.attempts).toBeLessThan(15);
    // One for each command, one a minute for the receiver that is well, one for each failure.
    expect(world.store.commits - commits).toBeLessThanOrEqual(2 * 60 + 60 + dead.attempts);
    dead.failing = 0;
    if (how === 'fails') {
      await world.pass(HOUR_MS);
      expect(dead.seqs.slice(-well.seqs.length)).toEqual(well.seqs);
    }
    await world.close();
  },
);
