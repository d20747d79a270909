import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { namedPaths } from './named-paths.ts';

const root = join(import.meta.dirname, '..');

/** The way of a lease request alone visits more files than this. */
const FILES_NAMED_MIN = 8;

test('docs/architecture.md names only files and directories that exist', () => {
  const paths = namedPaths(readFileSync(join(root, 'docs', 'architecture.md'), 'utf8'));
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(paths.filter((path) => path.endsWith('.ts')).length).toBeGreaterThanOrEqual(FILES_NAMED_MIN);
});
