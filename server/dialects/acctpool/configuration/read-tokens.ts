import type { ConfiguredToken } from './configuration.ts';
import { addFault, readMaps, readSecret, readText, readTexts, readWhole } from './reading.ts';
import type { Reading, ReadSecretFile } from './reading.ts';

export const TOKENS_MAX = 10_000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const RESERVATIONS_MAX = 100_000;
/** Minutes. */
const DURATION_MAX = 525_600;
const TYPES_MAX = 102;
const MINUTE_MS = 60_000;

/** Who may reserve. One that is there twice counts once, as in the original; the last says what it may do. */
export function readTokens(
  root: Reading,
  { types, readFile }: { readonly types: readonly string[]; readonly readFile: ReadSecretFile },
): readonly ConfiguredToken[] {
  const bySecret = new Map<string, ConfiguredToken>();
  const named = new Map<string, string>();
  for (const reading of readMaps(root, 'tokens', TOKENS_MAX)) {
    const secret = readSecret(reading, 'id', readFile);
    const token = readLimits(reading, types);
    if (secret === undefined) {
      if (!reading.faults.some(({ pointer }) => pointer.startsWith(`${reading.pointer}/id`)))
        addFault(reading, 'id', 'is missing: it is what the consumer shows');
      continue;
    }
    const other = token.name === null ? undefined : named.get(token.name);
    if (other !== undefined && other !== secret)
      addFault(
        reading,
        'name',
        'another token has this name, and both would see each other’s reservations; choose another',
      );
    if (token.name !== null) named.set(token.name, secret);
    bySecret.set(secret, { secret, ...token });
  }
  return [...bySecret.values()];
}

function readLimits(reading: Reading, known: readonly string[]): Omit<ConfiguredToken, 'secret'> {
  const name = readText(reading, 'name');
  if (name !== undefined && !NAME.test(name))
    addFault(reading, 'name', 'has to be 1 to 63 letters, digits, ".", "_" and "-"');
  const types = readTexts(reading, 'types', TYPES_MAX);
  const strange = types?.find((type) => !known.includes(type));
  if (strange !== undefined)
    addFault(reading, 'types', `there is no type "${strange.slice(0, 63)}"; there are: ${known.join(', ')}`);
  const minutes = readWhole(reading, 'max_duration', { from: 1, to: DURATION_MAX });
  return {
    name: name ?? null,
    reservationsMax: readWhole(reading, 'max_reservations', { from: 1, to: RESERVATIONS_MAX }) ?? null,
    durationMsMax: minutes === undefined ? null : minutes * MINUTE_MS,
    types: types ?? null,
  };
}
