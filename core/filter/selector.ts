import type { Selector } from '../model/lease.ts';
import { compileFilter } from './filter.ts';
import type { FilterSubject } from './filter.ts';

/** Text that is equal for selectors that select the same. */
export function selectorKey(selector: Selector): string {
  const labels = Object.keys(selector.match).toSorted();
  const pairs = labels.map((label) => [label, selector.match[label]]);
  return JSON.stringify([pairs, selector.filter]);
}

/** Does the resource have the labels that are asked for, and does the filter accept it? */
export function fitsSelector(subject: FilterSubject, selector: Selector): boolean {
  for (const label in selector.match) {
    if (subject.labels[label] !== selector.match[label]) return false;
  }
  return selector.filter === null || compileFilter(selector.filter)(subject);
}
