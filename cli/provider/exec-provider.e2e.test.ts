import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Page, Pool, Resource } from '@poolkeeper/client';
import { eventually } from '../testing/cli-process.ts';
import { RealServer } from '../testing/real-server.ts';

/** A real server whose resources a user's own program makes: the example in shell. */

const example = join(import.meta.dirname, '..', '..', 'examples', 'providers', 'shell');

test('a program’s resources are made, lent, replaced and removed, and its words reach whoever asks', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-cli-'));
  copyFileSync(join(example, 'provider.sh'), join(folder, 'provider.sh'));
  const configuration = readFileSync(join(example, 'poolkeeper.yaml'), 'utf8');
  await using server = await RealServer.start(configuration, { folder });
  const sandboxes = join(folder, 'data', 'exec', 'sandboxes', 'state', 'sandboxes');
  const free = async (count: number): Promise<readonly Resource[]> =>
    eventually(async () => {
      const { items } = await server.json<Page<Resource>>('resource', 'list', '--status', 'free');
      return items.length === count && readdirSync(sandboxes).length === count ? items : undefined;
    });
  const reload = async (text: string): Promise<void> => {
    const before = server.process.stderr.length;
    writeFileSync(join(folder, 'poolkeeper.yaml'), text);
    server.process.child.kill('SIGHUP');
    await server.process.until(({ stderr }) => stderr.slice(before).includes('was read again'));
  };

  const first = await free(3);
  expect(first.map(({ id }) => existsSync(join(sandboxes, id, 'ready')))).toEqual([true, true, true]);

  const lent = await server.run(
    'lease',
    'run',
    '--pool',
    'scratch',
    '--',
    'sh',
    '-c',
    'cat "${POOLKEEPER_ENDPOINT_DIRECTORY#file://}/NOTE"',
  );
  expect(lent.stdout).toBe('yours until the lease ends\n');
  const second = await free(3);
  expect(second.filter(({ id }) => first.some((known) => known.id === id))).toHaveLength(2);

  const [victim] = second;
  rmSync(join(sandboxes, victim?.id ?? ''), { recursive: true });
  await eventually(async () => (await free(3)).every(({ id }) => id !== victim?.id) || undefined);

  await reload(configuration.replace('desired: 3', 'desired: 0'));
  await free(0);

  writeFileSync(join(folder, 'provider.sh'), '#!/bin/sh\necho "the rack has no power" >&2\nexit 65\n');
  await reload(configuration.replace('desired: 3', 'desired: 1'));
  const held = await eventually(async () => {
    const pool = await server.json<Pool>('pool', 'show', 'scratch');
    return pool.held === 1 ? pool : undefined;
  });
  expect(held.resources['requested']).toBe(1);
  const { stdout } = await server.run('pool', 'show', 'scratch');
  expect(stdout).toContain(
    'create failed: The program ended with exit code 65 (refused) when asked to create. It wrote last: the rack has no power',
  );
});
