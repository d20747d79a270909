import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../testing/cli-process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-import-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a configuration of Boskos with its objects becomes pools, with who has what', async () => {
  writeFileSync(join(folder, 'config.yaml'), 'resources: [{ type: gce, state: dirty, names: [p1, p2] }]\n');
  const item = (name: string, status: object): object => ({
    apiVersion: 'boskos.k8s.io/v1',
    kind: 'ResourceObject',
    metadata: { name },
    spec: { type: 'gce' },
    status,
  });
  const items = [item('p1', { state: 'busy', owner: 'job-1', userData: { key: '${env.HOME}' } })];
  writeFileSync(join(folder, 'objects.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const run = (...args: string[]) => runCli(['import', 'boskos', ...args], { cwd: folder });
  const { code, stderr } = await run(
    '--from',
    'config.yaml',
    '--from',
    'objects.json',
    '--out',
    'pools.yaml',
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('User data of 1 resources is written in the clear');
  expect(statSync(join(folder, 'pools.yaml')).mode & 0o777).toBe(0o600);
  expect(parse(readFileSync(join(folder, 'pools.yaml'), 'utf8'))).toEqual({
    providers: [{ name: 'boskos', driver: 'static' }],
    pools: [
      {
        name: 'gce',
        provider: 'boskos',
        kind: 'resource',
        stages: { type: 'gce', initial: 'dirty' },
        resources: [
          { name: 'p1', stage: { name: 'busy', holder: 'job-1', data: { key: '$${env.HOME}' } } },
          { name: 'p2', stage: { name: 'dirty' } },
        ],
      },
    ],
  });
  const again = await run('--from', 'config.yaml', '--out', 'pools.yaml');
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('it is there already')]);
});
