import { expect, test } from 'vitest';
import { startCloudpool } from '../testing/cloudpool-harness.ts';

test('a machine whose provider tells no details shows its pool’s provider, and its addresses by who can reach them', async () => {
  await using cloud = await startCloudpool();
  await cloud.nativePool({ name: 'desks', size: null });
  const addresses = [
    '10.1.2.3',
    '203.0.113.9',
    'desk.example',
    'fd00::1',
    '2001:db8::7',
    '172.31.0.1',
    '172.32.0.1',
  ];
  const { id } = await cloud.keeper.ask({ type: 'registerResource', pool: 'desks', name: 'd1', addresses });
  const { machines } = (await cloud.get('/cloudpools/desks/pool')).body;
  expect(machines).toMatchObject([
    {
      id,
      publicIps: ['203.0.113.9', '2001:db8::7', '172.32.0.1'],
      privateIps: ['10.1.2.3', 'fd00::1', '172.31.0.1'],
      cloudProvider: 'static',
      region: 'hand',
      machineSize: 'machine',
    },
  ]);
  expect(Object.keys(machines[0])).not.toContain('metadata');
});

test('an unsafe machine counts for nothing and is left alone', async () => {
  await using cloud = await startCloudpool();
  await cloud.nativePool({ name: 'desks', size: null });
  const { id } = await cloud.keeper.ask({ type: 'registerResource', pool: 'desks', name: 'd1' });
  await cloud.keeper.ask({ type: 'actOnResource', resource: id, action: 'quarantine', reason: 'it smells' });
  const { machines } = (await cloud.get('/cloudpools/desks/pool')).body;
  expect(machines[0].membershipStatus).toEqual({ active: false, evictable: false });
});
