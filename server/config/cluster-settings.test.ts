import { expect, test } from 'vitest';
import { readBoskosSettings } from './boskos-settings.ts';
import { SettingsError, readSettings } from './environment.ts';
import type { SettingFlags } from './environment.ts';

const KEY = 'A'.repeat(43) + '=';
const DATABASE = { POOLKEEPER_DATABASE: 'postgres://pk:hunter2@db', POOLKEEPER_MASTER_KEY: KEY };

const read = (environment: Record<string, string>, flags: SettingFlags = {}) =>
  readSettings({ flags, environment, workingDirectory: '/srv/lab' }).cluster;

function linesOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError) return error.lines;
    throw error;
  }
  return [];
}

test('without a database a server is alone; with one it is a replica that this machine alone reaches', () => {
  expect(read({})).toBeNull();
  expect(read(DATABASE)).toEqual({
    database: 'postgres://pk:hunter2@db',
    listen: { host: '127.0.0.1', port: 7421 },
    address: null,
    replicaName: null,
    secret: null,
  });
});

test('flags and variables say how replicas reach each other; several hosts of a database are allowed', () => {
  const environment = {
    POOLKEEPER_MASTER_KEY_FILE: 'key',
    POOLKEEPER_CLUSTER_LISTEN: '0.0.0.0:7000',
    POOLKEEPER_CLUSTER_ADDRESS: 'pk-1.lab:7000',
    POOLKEEPER_CLUSTER_SECRET: 'sixteen characters and more',
  };
  const flags = { database: 'postgres://pk@h1:5432,h2:5432/pk?sslmode=verify-full', replicaName: 'pk-1' };
  expect(read(environment, flags)).toEqual({
    database: flags.database,
    listen: { host: '0.0.0.0', port: 7000 },
    address: 'pk-1.lab:7000',
    replicaName: 'pk-1',
    secret: 'sixteen characters and more',
  });
});

test.each([
  [{ POOLKEEPER_DATABASE: 'mysql://pk:hunter2@db' }, 'postgres://USER:PASSWORD@HOST:PORT/DATABASE'],
  [{ POOLKEEPER_CLUSTER_SECRET: 'hunter2' }, '16 to 1024 characters'],
  [{ POOLKEEPER_CLUSTER_LISTEN: '7421' }, 'HOST:PORT is needed'],
  [{ POOLKEEPER_CLUSTER_LISTEN: '[::]:7421' }, '--cluster-address (POOLKEEPER_CLUSTER_ADDRESS): is missing'],
  [{ POOLKEEPER_CLUSTER_ADDRESS: '0.0.0.0:7421' }, 'at which the other replicas reach this one'],
  [{ POOLKEEPER_REPLICA_NAME: 'my replica' }, 'letters, digits'],
  [
    { POOLKEEPER_MASTER_KEY: '' },
    'POOLKEEPER_MASTER_KEY: is missing; all replicas of a database need the same',
  ],
])('%j is refused with what is allowed, and no secret is repeated', (environment, advice) => {
  const lines = linesOf(() => read({ ...DATABASE, ...(environment as Record<string, string>) }));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(advice);
  expect(lines[0]).not.toContain('hunter2');
});

test('what is for replicas is not ignored without a database', () => {
  const [line = ''] = linesOf(() => read({ POOLKEEPER_CLUSTER_SECRET: 'sixteen characters and more' }));
  expect(line).toContain('--database (POOLKEEPER_DATABASE): is missing');
});

test('a drop-in takes no database, and says what does', () => {
  const [line = ''] = linesOf(() =>
    readBoskosSettings({ flags: {}, environment: DATABASE, workingDirectory: '/srv/lab' }),
  );
  expect(line).toContain('"poolkeeper serve --database", by --cloudpool-listen and --boskos-listen');
});
