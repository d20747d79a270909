import type { Json } from '../json.ts';
import { referencesOf } from './interpolate.ts';

/** Names of the secrets that a value refers to, each once. */
export function secretNamesIn(value: Json): string[] {
  const names = referencesOf(value).references.flatMap(({ root, path }) =>
    root === 'secrets' ? [path.join('.')] : [],
  );
  return [...new Set(names)];
}
