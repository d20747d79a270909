import type { Json } from '@poolkeeper/core';
import { at, textAt } from '../json.ts';
import type { Ask, Product } from '../cleaning/product.ts';

/** Every call of VPC has both. The date is that of the API that is spoken. */
const API = { version: '2025-06-10', generation: '2' };
const PAGE = '100';

type More = Partial<Pick<Product, 'spares' | 'partOf' | 'before'>> & {
  readonly query?: Readonly<Record<string, string>>;
};

/** Something of VPC: all of it is listed and deleted in the same way. `path` is that of the list, `items` its name in a page. */
export function vpc(
  kind: string,
  path: string,
  items: string,
  { query = {}, before, ...more }: More = {},
): Product {
  return {
    kind,
    service: 'vpc',
    list: {
      path: `/v1${path}`,
      query: { ...API, limit: PAGE, ...query },
      items,
      paging: { by: 'link', at: 'next.href' },
    },
    id: 'id',
    name: 'name',
    crn: 'crn',
    group: 'resource_group.id',
    ...more,
    ...(before === undefined ? {} : { before: (item) => before(item).map(withApi) }),
    remove: withApi({ method: 'DELETE', path: `/v1${path}/{id}` }),
  };
}

function withApi(ask: Ask): Ask {
  return { ...ask, query: { ...API, ...ask.query } };
}

/** Deletes each part that the list names of a thing: `/v1/shares/{id}/mount_targets/PART`. */
export function deleteParts(
  said: Json,
  { name, path }: { readonly name: string; readonly path: string },
): Ask[] {
  const parts = at(said, name);
  if (!Array.isArray(parts)) return [];
  return (parts as readonly Json[]).flatMap((part) => {
    const id = textAt(part, 'id');
    return id === undefined ? [] : [{ method: 'DELETE' as const, path: `${path}/${encodeURIComponent(id)}` }];
  });
}
