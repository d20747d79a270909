import { MACHINE_STATES } from '@poolkeeper/core';
import { describe, expect, test } from 'vitest';
import { ENDED_LISTED_MS, viewOf } from './machine.ts';
import { aCloud } from './test-simulator.ts';

const idsOf = (machines: readonly { id: string }[]): string[] => machines.map(({ id }) => id);

describe('a new machine', () => {
  test('runs at once, with addresses that no other has, its tags and its launch time', () => {
    const { cloud, time } = aCloud();
    const { machine } = cloud.create({ tags: { owner: 'ann' }, size: 'large', region: 'north' });
    expect(viewOf(machine)).toEqual({
      id: 'i-1',
      state: 'RUNNING',
      launchTime: new Date(time.now()).toISOString(),
      size: 'large',
      region: 'north',
      tags: { owner: 'ann' },
      publicAddresses: ['198.18.0.1'],
      privateAddresses: ['10.0.0.1'],
    });
    const many = Array.from({ length: 1_000 }, () => viewOf(cloud.create({}).machine));
    expect(new Set(many.flatMap(({ publicAddresses }) => publicAddresses)).size).toBe(1_000);
    expect(new Set(many.flatMap(({ privateAddresses }) => privateAddresses)).size).toBe(1_000);
  });

  test('is the one that its token made before, while the cloud knows that one, whatever became of it', async () => {
    const { cloud, time } = aCloud();
    const first = cloud.create({ clientToken: 'a' });
    expect(first.isNew).toBe(true);
    expect(cloud.create({ clientToken: 'a', size: 'other' })).toEqual({
      machine: first.machine,
      isNew: false,
    });
    cloud.settings.isStartFailing = true;
    expect(cloud.create({ clientToken: 'a' }).isNew).toBe(false);
    cloud.settings.isStartFailing = false;
    cloud.terminate('i-1');
    expect(cloud.create({ clientToken: 'a' }).machine).toMatchObject({ id: 'i-1', state: 'TERMINATED' });
    await time.advance(ENDED_LISTED_MS);
    expect(cloud.create({ clientToken: 'a' })).toMatchObject({ isNew: true, machine: { id: 'i-2' } });
  });

  test('boots for as long as the cloud says, or as long as was asked for', async () => {
    const { cloud, time } = aCloud({ settings: { bootTimeMs: 1_000 } });
    cloud.create({});
    cloud.create({ bootTimeMs: 0 });
    expect(cloud.countByState()).toEqual({ PENDING: 1, RUNNING: 1 });
    expect(viewOf(cloud.require('i-1')).publicAddresses).toEqual([]);
    await time.advance(999);
    expect(cloud.require('i-1').state).toBe('PENDING');
    await time.advance(1);
    expect(cloud.require('i-1').state).toBe('RUNNING');
  });

  test.each(['PENDING', 'REQUESTED'] as const)(
    'appears %s where that is told, and stays so',
    async (bootState) => {
      const { cloud, time } = aCloud({ settings: { bootTimeMs: 10 } });
      cloud.settings.bootState = bootState;
      const { machine } = cloud.create({});
      await time.advance(60_000);
      expect(cloud.require(machine.id).state).toBe(bootState);
      expect(cloud.setState(machine.id, 'RUNNING')).toMatchObject({
        state: 'RUNNING',
        launchedAt: expect.any(Number),
      });
    },
  );

  test('is refused over the quota, which machines that ended do not count for', () => {
    const { cloud } = aCloud({ settings: { quota: 2 } });
    cloud.create({});
    cloud.create({});
    expect(() => cloud.create({})).toThrow('The quota of 2 machines is used up.');
    cloud.terminate('i-1');
    expect(cloud.create({}).isNew).toBe(true);
  });

  test('is refused when the cloud is full; those that ended make room first', () => {
    const { cloud } = aCloud({ machinesMax: 2 });
    cloud.create({ clientToken: 'a' });
    cloud.create({});
    expect(() => cloud.spawn()).toThrow('The cloud is full: it holds 2 machines.');
    cloud.terminate('i-1');
    cloud.spawn();
    expect(cloud.find('i-1')).toBeUndefined();
    expect(() => cloud.create({ clientToken: 'a' })).toThrow('full');
  });
});

describe('the end of a machine', () => {
  test('takes as long as the cloud says; asked for again, it is not put off', async () => {
    const { cloud, time } = aCloud({ settings: { endTimeMs: 1_000 } });
    cloud.create({});
    expect(cloud.terminate('i-1').state).toBe('TERMINATING');
    await time.advance(600);
    expect(cloud.terminate('i-1').state).toBe('TERMINATING');
    await time.advance(400);
    expect(cloud.terminate('i-1').state).toBe('TERMINATED');
  });

  test('comes also for one that was put into TERMINATING by hand', async () => {
    const { cloud, time } = aCloud({ settings: { endTimeMs: 1_000 } });
    cloud.create({});
    cloud.setState('i-1', 'TERMINATING');
    await time.advance(5_000);
    expect(cloud.require('i-1').state).toBe('TERMINATING');
    cloud.terminate('i-1');
    await time.advance(1_000);
    expect(cloud.require('i-1').state).toBe('TERMINATED');
  });

  test('is listed for a while, then forgotten', async () => {
    const { cloud, time } = aCloud();
    cloud.create({});
    cloud.terminate('i-1');
    await time.advance(ENDED_LISTED_MS - 1);
    expect(cloud.find('i-1')?.state).toBe('TERMINATED');
    await time.advance(1);
    expect(cloud.find('i-1')).toBeUndefined();
  });

  test('fails where that is told', () => {
    const { cloud } = aCloud({ settings: { isTerminateFailing: true } });
    cloud.create({});
    expect(() => cloud.terminate('i-1')).toThrow('could not be ended');
    expect(cloud.require('i-1').state).toBe('RUNNING');
  });
});

describe('drift', () => {
  test.each(MACHINE_STATES)('a machine is put into %s and stays there', async (state) => {
    const { cloud, time } = aCloud({ settings: { bootTimeMs: 1_000 } });
    cloud.create({});
    cloud.setState('i-1', state);
    await time.advance(2_000);
    expect(cloud.require('i-1').state).toBe(state);
  });

  test('a machine that vanished leaves no trace: its token makes another', () => {
    const { cloud } = aCloud();
    cloud.create({ clientToken: 'a' });
    cloud.vanish('i-1');
    expect(cloud.find('i-1')).toBeUndefined();
    expect(() => cloud.vanish('i-1')).toThrow('id: there is no machine i-1.');
    expect(cloud.create({ clientToken: 'a' }).machine.id).toBe('i-2');
  });

  test('a launch time is set and taken away', () => {
    const { cloud } = aCloud();
    cloud.spawn();
    expect(viewOf(cloud.setLaunch('i-1', 0)).launchTime).toBe('1970-01-01T00:00:00.000Z');
    expect(viewOf(cloud.setLaunch('i-1', null)).launchTime).toBeNull();
  });

  test('a reset empties the cloud and ends every fault, but not what it was started with', () => {
    const { cloud } = aCloud({ settings: { quota: 9 } });
    cloud.create({ clientToken: 'a' });
    Object.assign(cloud.settings, { isDown: true, isStartFailing: true, bootState: 'PENDING', quota: 1 });
    cloud.reset();
    expect(cloud.countByState()).toEqual({});
    expect(cloud.settings).toMatchObject({
      isDown: false,
      isStartFailing: false,
      bootState: 'RUNNING',
      quota: 9,
    });
    expect(cloud.create({ clientToken: 'a' }).isNew).toBe(true);
  });
});

test('pages follow each other without gap or repetition, also when machines come and go between them', () => {
  const { cloud } = aCloud();
  for (let index = 0; index < 10; index += 1) cloud.create({ tags: { parity: String(index % 2) } });
  const first = cloud.list({ tags: { parity: '0' }, limit: 2, after: 0 });
  expect(idsOf(first.machines)).toEqual(['i-1', 'i-3']);
  cloud.vanish('i-3');
  cloud.vanish('i-5');
  cloud.create({ tags: { parity: '0' } });
  const second = cloud.list({ tags: { parity: '0' }, limit: 2, after: first.next ?? 0 });
  expect(idsOf(second.machines)).toEqual(['i-7', 'i-9']);
  const third = cloud.list({ tags: { parity: '0' }, limit: 2, after: second.next ?? 0 });
  expect(idsOf(third.machines)).toEqual(['i-11']);
  expect(third.next).toBeNull();
  expect(cloud.list({ tags: { parity: '0' }, limit: 3, after: 0 }).next).toBe(9);
  expect(cloud.list({ tags: { parity: '2' }, limit: 3, after: 0 })).toEqual({ machines: [], next: null });
});
