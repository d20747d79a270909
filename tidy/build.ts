import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * Compiles the product to plain JavaScript under `dist/`, room by room as in the sources, and links the rooms
 * to each other there, so that `@poolkeeper/core` means the compiled core. Packages come from `node_modules`.
 */
const ROOMS = ['core', 'config-file', 'turnover-record', 'server', 'client', 'cli'];

const repository = join(import.meta.dirname, '..');
const dist = join(repository, 'dist');

/** Migrations, templates and the like travel unchanged; code is compiled, tests stay at home. */
function isAsset(path: string): boolean {
  return !/(^|\/)node_modules(\/|$)|[.](ts|js|md)$|\/package[.]json$/.test(relative(repository, path));
}

function buildRoom(room: string): void {
  cpSync(join(repository, room), join(dist, room), { recursive: true, filter: isAsset });
  const manifest = readFileSync(join(repository, room, 'package.json'), 'utf8');
  writeFileSync(join(dist, room, 'package.json'), manifest.replaceAll('.ts"', '.js"'));
  const { name } = JSON.parse(manifest) as { name: string };
  const link = join(dist, 'node_modules', name);
  mkdirSync(join(link, '..'), { recursive: true });
  symlinkSync(relative(join(link, '..'), join(dist, room)), link);
}

rmSync(dist, { recursive: true, force: true });
execFileSync('tsc', ['--project', 'tsconfig.build.json'], { cwd: repository, stdio: 'inherit' });
for (const room of ROOMS) buildRoom(room);
// `serve --quickstart` finds its file beside the rooms.
cpSync(join(repository, 'examples'), join(dist, 'examples'), { recursive: true });
console.log(`built ${ROOMS.join(', ')} into dist/`);
