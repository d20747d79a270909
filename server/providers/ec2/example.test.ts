import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadConfiguration } from '../../config/load-configuration.ts';
import { checkProvider } from '../open-provider.ts';
import { readTemplate } from './template.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-ec2-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The first YAML of the page, as a file. */
function pageExample(): string {
  const page = readFileSync(join(root, 'docs', 'ec2.md'), 'utf8');
  const path = join(folder, 'page.yaml');
  writeFileSync(path, /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '');
  return path;
}

test.each([
  ['examples/ec2', join(root, 'examples', 'ec2', 'poolkeeper.yaml')],
  ['docs/ec2.md', pageExample()],
])('a server takes the configuration of %s, and its provider the template', async (_where, path) => {
  const { providers, pools } = await loadConfiguration(path, {}, checkProvider);
  expect(providers).toMatchObject([{ driver: 'ec2', settings: { secret: 'aws-keys' } }]);
  expect(pools).toHaveLength(1);
  for (const { spec } of pools) expect(readTemplate(spec.template ?? null)).toHaveProperty('template');
});
