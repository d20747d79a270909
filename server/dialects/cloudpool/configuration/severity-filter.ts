import { RE2JS, RE2JSException } from 're2js';
import { SEVERITIES } from './severity.ts';
import type { Severity } from './severity.ts';

/** Characters of a filter. */
const PATTERN_LENGTH_MAX = 200;

/**
 * The severities that a filter lets pass: those whose whole word its regular expression matches.
 *
 * A filter is judged once, over all the words there are. The engine takes a time that is linear in the pattern and the word, whatever
 * the pattern is; it knows neither back references nor look-around.
 * Errors: `wrong` says why the pattern is none.
 */
export function filterSeverities(pattern: string): { passing: readonly Severity[] } | { wrong: string } {
  if (pattern.length > PATTERN_LENGTH_MAX)
    return { wrong: `a severityFilter may have ${PATTERN_LENGTH_MAX} characters` };
  try {
    const expression = RE2JS.compile(pattern);
    return { passing: SEVERITIES.filter((word) => expression.matches(word)) };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { wrong: `illegal severityFilter '${pattern}': ${error.message}` };
  }
}
