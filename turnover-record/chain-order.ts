import type { ExportHead } from './export-file.ts';
import type { FindingKind } from './finding.ts';

/** A record as its neighbours see it; undefined is what nobody can tell any more. */
export type Link = {
  readonly number: number;
  readonly previous: string | null | undefined;
  readonly hash: string | undefined;
};

type Find = (kind: FindingKind, number: number | null, message: string) => void;

/**
 * Are the records there from the first on, each once, in their order, each building on the one before it?
 *
 * What stands in another order, or twice, was put so by somebody; what is not there, or builds on something else, is a gap.
 */
export function checkOrder(links: readonly Link[], find: Find): void {
  let highest = 0;
  const seen = new Set<number>();
  for (const { number } of links) {
    if (seen.has(number)) find('tampered', number, `Record ${number} is there more than once.`);
    else if (number < highest) find('tampered', number, `Record ${number} stands behind record ${highest}.`);
    seen.add(number);
    highest = Math.max(highest, number);
  }
  let before: Link | undefined;
  for (const link of links.toSorted((a, b) => a.number - b.number)) {
    checkLink(before, link, find);
    before = link;
  }
}

function checkLink(before: Link | undefined, link: Link, find: Find): void {
  const { number, previous } = link;
  const expected = (before?.number ?? 0) + 1;
  if (number > expected) find('gap', expected, `${range(expected, number - 1)} before record ${number}.`);
  if (number !== expected || previous === undefined) return;
  if (before === undefined) {
    if (previous !== null) find('gap', number, `Record ${number} builds on one before it, and is the first.`);
  } else if (before.hash !== undefined && previous !== before.hash) {
    find('gap', number, `Record ${number} does not build on the record ${before.number} that is here.`);
  }
}

/** Does the chain end where the head says that it did? */
export function checkTail(links: readonly Link[], head: ExportHead, find: Find): void {
  const last = links.reduce<Link | undefined>(
    (highest, link) => (highest === undefined || link.number > highest.number ? link : highest),
    undefined,
  );
  const count = last?.number ?? 0;
  if (head.count > count) {
    return find('gap', count + 1, `${range(count + 1, head.count)} at the end: there were ${head.count}.`);
  }
  if (head.count < count) {
    return find(
      'gap',
      null,
      `The head is older than the records: it tells of ${head.count}, here are ${count}.`,
    );
  }
  if (last?.hash !== undefined && last.hash !== head.hash)
    find('gap', count, `The head ends with another record ${count} than the one here.`);
}

function range(first: number, last: number): string {
  return first === last ? `Record ${first} is missing` : `Records ${first} to ${last} are missing`;
}
