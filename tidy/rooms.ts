import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import type { ICruiseResult } from 'dependency-cruiser';
import extractRules from 'dependency-cruiser/config-utl/extract-depcruise-config';

/** Every room that holds code. A directory that is moved or renamed must be renamed here too, or the check fails. */
export const ROOMS = [
  'core',
  'config-file',
  'turnover-record',
  'server/cloud-simulator',
  'server/cluster',
  'server/config',
  'server/dialects',
  'server/http',
  'server/jobs',
  'server/keeper',
  'server/notifications',
  'server/probes',
  'server/programs',
  'server/providers',
  'server/run-log',
  'server/runners',
  'server/schemas',
  'server/seal',
  'server/steps',
  'server/store',
  'server/wiring',
  'server/main.ts',
  'client',
  'cli',
  'simulation',
  'bench',
  'tidy',
];

/** What a look at the rooms found: how many modules it read, and what is wrong. Nothing wrong is an empty list. */
export type RoomsReport = { modulesRead: number; problems: string[] };

const rulesFile = join(import.meta.dirname, '..', '.dependency-cruiser.mjs');

/**
 * Checks the import directions of `.dependency-cruiser.mjs` between the rooms under `directory`.
 *
 * A look that saw nothing is a problem and not a success: no module at all, or a room without one.
 */
export async function checkRooms(directory: string, rooms: readonly string[] = ROOMS): Promise<RoomsReport> {
  const { forbidden = [], options = {} } = await extractRules(rulesFile);
  const workspaces = [...new Set(rooms.map((room) => room.split('/')[0] ?? room))];
  const { output } = await cruise(workspaces, {
    ...options,
    ruleSet: { forbidden },
    validate: true,
    baseDir: directory,
  });
  if (typeof output === 'string') throw new Error('dependency-cruiser answered with text instead of modules');
  return {
    modulesRead: output.summary.totalCruised,
    problems: [...unseenRooms(output, rooms), ...violations(output)],
  };
}

function unseenRooms({ modules, summary }: ICruiseResult, rooms: readonly string[]): string[] {
  if (summary.totalCruised === 0) return ['no module was read at all: this check looked at nothing'];
  const isSeen = (room: string) =>
    modules.some(({ source }) => source === room || source.startsWith(`${room}/`));
  return rooms.filter((room) => !isSeen(room)).map((room) => `${room}: no module of this room was read`);
}

function violations({ summary }: ICruiseResult): string[] {
  return summary.violations.map(({ rule, from, to }) => {
    return from === to ? `${rule.name}: ${from}` : `${rule.name}: ${from} imports ${to}`;
  });
}

if (import.meta.main) {
  const { modulesRead, problems } = await checkRooms(join(import.meta.dirname, '..'));
  for (const problem of problems) console.error(problem);
  console.log(`${modulesRead} modules read, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
