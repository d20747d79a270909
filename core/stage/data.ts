import { refuseInput } from '../errors.ts';
import type { Stage } from '../model/stage.ts';

/** What clients may keep with one member: so many texts, and so many characters in all. */
const DATA_TEXTS_MAX = 1_000;
const DATA_LENGTH_MAX = 256 * 1_024;

/** What is kept after a change: an empty text takes a member away. The same object where nothing changes. Errors: `invalid_input`. */
export function changedData(kept: Stage['data'], change: Stage['data']): Stage['data'] {
  const isNews = Object.entries(change).some(([key, value]) => (kept[key] ?? '') !== value);
  if (!isNews) return kept;
  const texts = Object.entries({ ...kept, ...change }).filter(([, value]) => value !== '');
  const length = texts.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (texts.length > DATA_TEXTS_MAX || length > DATA_LENGTH_MAX)
    throw refuseInput(
      '/data',
      `at most ${DATA_TEXTS_MAX} texts of ${DATA_LENGTH_MAX} characters in all are kept with a member`,
    );
  return Object.fromEntries(texts);
}
