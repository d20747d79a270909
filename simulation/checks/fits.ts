import type { LeaseItem, Resource } from '@poolkeeper/core';

/** What each filter that the simulation uses selects, without the product's filter language. */
const FILTERS: Readonly<Record<string, (resource: Resource) => boolean>> = {
  'labels.arch == "arm"': ({ labels }) => labels['arch'] === 'arm',
  'labels.arch == "x86"': ({ labels }) => labels['arch'] === 'x86',
};

/** Is the resource what the item asks for? */
export function fitsItem(resource: Resource, item: LeaseItem): boolean {
  if (resource.pool !== item.pool) return false;
  for (const [label, value] of Object.entries(item.match)) if (resource.labels[label] !== value) return false;
  return item.filter === null || FILTERS[item.filter]?.(resource) === true;
}

/** Could all items have their minimum from these resources? Tries every way; there are few. */
export function canServe(items: readonly LeaseItem[], resources: readonly Resource[]): boolean {
  const places = items.flatMap((item) => Array.from({ length: item.minimum }, () => item));
  const takenBy = new Map<Resource, number>();
  const place = (at: number, tried: Set<Resource>): boolean => {
    for (const resource of resources) {
      if (tried.has(resource) || !fitsItem(resource, places[at] as LeaseItem)) continue;
      tried.add(resource);
      const other = takenBy.get(resource);
      if (other === undefined || place(other, tried)) {
        takenBy.set(resource, at);
        return true;
      }
    }
    return false;
  };
  return places.length <= resources.length && places.every((_, at) => place(at, new Set()));
}
