import type { ConfiguredType } from './configuration.ts';
import { addFault, isObject, readMap, readMinutes, readWhole } from './reading.ts';
import type { Reading } from './reading.ts';

/** What can always be asked for, the first where nobody says another. */
export const KNOWN_TYPES = ['free', 'lite'] as const;
export const DEFAULT_TYPE = KNOWN_TYPES[0];
/** A pool is named after each type, and its name has a bound. */
const TYPE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,45}$/;
const TYPES_MAX = 100;
const MINUTE_MS = 60_000;
/** Minutes. */
const DURATION_DEFAULT = 60;
const DURATION_MAX = 1_440;
/** A part of a minute, for those who try it out. */
const DURATION_DEFAULT_MIN = 0.05;
/** The most that `max_duration` may be, in minutes. */
const DURATION_MAX_MAX = 525_600;
const COOLDOWN_MAX = 10_080;
/** How long a person has for a yes, in minutes, where the file only says that somebody is asked, and at most. */
const APPROVAL_DEFAULT = 1_440;

/** The types of accounts: those that are always there, and those that the file names. */
export function readTypes(root: Reading): readonly ConfiguredType[] {
  const section = readMap(root, 'types');
  const said = Object.keys(section?.members ?? {});
  if (section !== undefined && said.length > TYPES_MAX)
    addFault(root, 'types', `has ${said.length} types; ${TYPES_MAX} is the most`);
  const names = [...KNOWN_TYPES, ...said.filter((name) => !KNOWN_TYPES.some((known) => known === name))];
  const general = readDurations(root, { default: DURATION_DEFAULT, max: DURATION_MAX });
  return names.slice(0, TYPES_MAX + KNOWN_TYPES.length).map((name) => readType(section, name, general));
}

type Durations = { readonly default: number; readonly max: number };

function readType(section: Reading | undefined, name: string, general: Durations): ConfiguredType {
  const isNamed = section !== undefined && Object.hasOwn(section.members, name);
  if (section !== undefined && isNamed && !TYPE_NAME.test(name))
    addFault(section, name, 'a type is called by 1 to 46 letters, digits, ".", "_" and "-"');
  // A type that is only named is as all others are.
  const reading =
    section !== undefined && isNamed && section.members[name] !== null ? readMap(section, name) : undefined;
  const durations = reading === undefined ? general : readDurations(reading, general);
  const cooldown = reading && readWhole(reading, 'cooldown', { from: 0, to: COOLDOWN_MAX });
  return {
    name,
    durationMsDefault: Math.round(durations.default * MINUTE_MS),
    durationMsMax: durations.max * MINUTE_MS,
    approvalMs: reading === undefined ? null : readApproval(reading),
    cooldownMs: (cooldown ?? 0) * MINUTE_MS,
  };
}

/** A default that is said has to be within the most; one that is not said gives way to it. */
function readDurations(reading: Reading, usual: Durations): Durations {
  const range = { from: 1, to: DURATION_MAX_MAX };
  const most = readWhole(reading, 'max_duration', range) ?? usual.max;
  const said = readMinutes(reading, 'default_duration', { ...range, from: DURATION_DEFAULT_MIN });
  if (said !== undefined && said > most)
    addFault(reading, 'default_duration', `is longer than max_duration, which is ${most} minutes`);
  return { default: Math.min(said ?? usual.default, most), max: most };
}

/** True, or the minutes that a person has for it. */
function readApproval(reading: Reading): number | null {
  const value = reading.members['approval'];
  if (value === undefined || value === null || value === false) return null;
  if (value === true) return APPROVAL_DEFAULT * MINUTE_MS;
  const isMinutes = !isObject(value) && typeof value === 'number';
  const minutes = isMinutes ? readWhole(reading, 'approval', { from: 1, to: APPROVAL_DEFAULT }) : undefined;
  if (!isMinutes)
    addFault(
      reading,
      'approval',
      `has to be true, or the minutes that a person has, up to ${APPROVAL_DEFAULT}`,
    );
  return (minutes ?? APPROVAL_DEFAULT) * MINUTE_MS;
}
