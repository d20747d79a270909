import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

test('client/api.gen.ts is what "npm run client-types" makes of the OpenAPI document', () => {
  const { status, stderr } = spawnSync('npm', ['run', '--silent', 'client-types', '--', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
});
