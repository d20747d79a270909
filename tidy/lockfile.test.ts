import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

type Manifest = Partial<
  Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>
>;
type LockedPackage = Manifest & { version?: string; resolved?: string; link?: boolean };

const root = join(import.meta.dirname, '..');
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const entries = Object.entries(packages);

/** Where Node would find `name` from the package at `from`: in its own directory or in one above it. */
function isLocked(from: string, name: string): boolean {
  const parts = from.split('/node_modules/');
  const above = parts.map((_, index) => parts.slice(0, parts.length - index).join('/node_modules/'));
  return [...above, ''].some((base) => (base === '' ? '' : `${base}/`) + `node_modules/${name}` in packages);
}

test('the lockfile is read', () => {
  expect(entries.length).toBeGreaterThan(100);
});

/** NOTE: `npm ci` refuses a lockfile without them, on every platform, and `npm install` may leave them out. */
test('the binaries of every platform are locked', () => {
  const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
  );
  expect(missing).toEqual([]);
});

test('our own packages name exact versions', () => {
  const ours = entries.filter(([path, { link }]) => !path.includes('node_modules/') && link !== true);
  expect(ours.map(([path]) => path)).toEqual(expect.arrayContaining(['', 'core', 'server', 'cli']));
  const loose = ours.flatMap(([path, { dependencies, devDependencies }]) =>
    Object.entries({ ...dependencies, ...devDependencies })
      .filter(([, version]) => !/^\d+[.]\d+[.]\d+$/.test(version))
      .map(([name, version]) => `${path}: ${name} ${version}`),
  );
  expect(loose).toEqual([]);
});

test('packages come from whichever registry the machine is set to', () => {
  expect(entries.filter(([, { link, resolved }]) => link !== true && resolved !== undefined)).toEqual([]);
});
