import type { EntryFault, ResourceEntry } from './configuration.ts';

/** Characters of a name, as Kubernetes has it. */
const NAME_LENGTH_MAX = 253;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_WORDS =
  'lower-case letters, digits, "-" and "." are allowed, with a letter or digit at both ends of each part';

/**
 * Everything that is wrong with a configuration.
 *
 * Two entries of one type are accepted: the original means to refuse them, and its check never fires.
 * Source: `ValidateConfig` of the original.
 */
export function checkEntries(entries: readonly ResourceEntry[]): EntryFault[] {
  if (entries.length === 0)
    return [{ member: 'resources', message: 'there is none; at least one entry is needed' }];
  const faults = entries.flatMap((entry, index) => [
    ...checkEntry(`resources[${index}]`, entry),
    ...entry.names.flatMap((name, at) => checkName(`resources[${index}].names[${at}]`, name)),
  ]);
  return [...faults, ...checkUnique(entries), ...checkNeeds(entries)];
}

function checkEntry(at: string, { type, names, minCount, maxCount }: ResourceEntry): EntryFault[] {
  const faults: EntryFault[] = [];
  const refuse = (member: string, message: string): void => {
    faults.push({ member: `${at}.${member}`, message });
  };
  if (type === '') refuse('type', 'is missing');
  if (names.length > 0) {
    const why = 'has to be left out where there are names';
    if (minCount !== 0) refuse('min-count', why);
    if (maxCount !== 0) refuse('max-count', why);
    return faults;
  }
  if (maxCount <= 0) refuse('max-count', 'has to be more than 0 where there are no names');
  if (minCount > maxCount) refuse('min-count', `has to be at most max-count, which is ${maxCount}`);
  return faults;
}

function checkName(member: string, name: string): EntryFault[] {
  if (name.length <= NAME_LENGTH_MAX && SUBDOMAIN.test(name)) return [];
  return [{ member, message: `${JSON.stringify(name)} is no name: ${SUBDOMAIN_WORDS}` }];
}

function checkUnique(entries: readonly ResourceEntry[]): EntryFault[] {
  const seen = new Map<string, string>();
  return entries.flatMap(({ names }, index) =>
    names.flatMap((name, at) => {
      const member = `resources[${index}].names[${at}]`;
      const first = seen.get(name);
      seen.set(name, first ?? member);
      if (first === undefined) return [];
      return [{ member, message: `${JSON.stringify(name)} is there already, as ${first}` }];
    }),
  );
}

/** For each needed type there have to be as many as all that need it could need together. */
function checkNeeds(entries: readonly ResourceEntry[]): EntryFault[] {
  const there = new Map<string, number>();
  const needed = new Map<string, number>();
  for (const { type, names, maxCount, needs } of entries) {
    const isDynamic = names.length === 0;
    there.set(type, (there.get(type) ?? 0) + (isDynamic ? Math.max(0, maxCount) : names.length));
    if (!isDynamic) continue;
    for (const [name, count] of Object.entries(needs))
      needed.set(name, (needed.get(name) ?? 0) + count * Math.max(0, maxCount));
  }
  return [...needed].flatMap(([type, count]) => {
    const actual = there.get(type);
    if (actual === undefined)
      return [{ member: '', message: `${JSON.stringify(type)} is needed, and there is no such type` }];
    if (count <= actual) return [];
    const message = `${count} of ${JSON.stringify(type)} are needed, and there are at most ${actual}`;
    return [{ member: '', message }];
  });
}
