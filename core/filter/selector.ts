import type { Selector } from '../model/lease.ts';
import { compileFilter } from './filter.ts';
import type { FilterSubject } from './filter.ts';

/** Text that is equal for selectors that select the same. */
export function selectorKey({ match, filter }: Selector): string {
  const labels = Object.keys(match);
  if (labels.length === 0 && filter === null) return KEY_OF_ANY;
  if (labels.length > 1) labels.sort();
  return JSON.stringify([labels.map((label) => [label, match[label]]), filter]);
}

/** The key of what most requests ask for, so that no text is made for it. */
const KEY_OF_ANY = '[[],null]';

/** Does the resource have the labels that are asked for, and does the filter accept it? */
export function fitsSelector(subject: FilterSubject, selector: Selector): boolean {
  for (const label in selector.match) {
    if (subject.labels[label] !== selector.match[label]) return false;
  }
  return selector.filter === null || compileFilter(selector.filter)(subject);
}
