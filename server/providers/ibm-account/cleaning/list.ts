import type { Json } from '@poolkeeper/core';
import { ProviderTransient } from '../../contract.ts';
import type { Cloud } from '../cloud.ts';
import { at, isObject, textAt } from '../json.ts';
import { fillPath, fillTexts } from './fill.ts';
import { valuesOf } from './product.ts';
import type { Item, Paging, Product } from './product.ts';

const PAGES_MAX = 500;
const HTTP_FORBIDDEN = 403;
const HTTP_NOT_FOUND = 404;

export type Where = { readonly region: string; readonly parent?: Item };

/** What was listed; or why there is nothing: the account does not have this product. */
export type Listed = { readonly items: readonly Item[] } | { readonly absent: string };

/**
 * Lists everything of a product in one place, page after page.
 *
 * Errors: those of `Cloud.call`; `ProviderTransient` for a page that is none, a next page that is the same again, or too many.
 */
export async function listProduct(
  cloud: Cloud,
  product: Product,
  where: Where,
  signal: AbortSignal,
): Promise<Listed> {
  const found = new Map<string, Item>();
  for (const [index, variant] of (product.list.variants ?? [{}]).entries()) {
    const pages = await listPages(cloud, { product, where, variant, isFirst: index === 0 }, signal);
    if ('absent' in pages) return pages;
    for (const said of pages.said) {
      const item = itemOf(product, where, said);
      if (item === undefined) throw unreadable(product);
      found.set(item.id, item);
    }
  }
  return { items: [...found.values()] };
}

/** What it is asked for with; undefined after the last one. */
type NextPage = Readonly<Record<string, string>> | 'unreadable' | undefined;

type PagesInput = {
  readonly product: Product;
  readonly where: Where;
  readonly variant: Readonly<Record<string, string>>;
  readonly isFirst: boolean;
};

async function listPages(
  cloud: Cloud,
  { product, where, variant, isFirst }: PagesInput,
  signal: AbortSignal,
): Promise<{ readonly said: readonly Json[] } | { readonly absent: string }> {
  const { list, service, headers = {}, mustAnswer, absentAt = [] } = product;
  const values = {
    account: cloud.account,
    region: where.region,
    ...valuesOf(where.parent),
  };
  const path = fillPath(list.path, values);
  if (path === undefined) throw unreadable(product);
  const absent = mustAnswer === true ? [] : [HTTP_FORBIDDEN, HTTP_NOT_FOUND, ...absentAt];
  const said: Json[] = [];
  const query = { ...fillTexts(list.query ?? {}, values), ...variant };
  let next: NextPage = firstPage(list.paging);
  const asked = new Set<string>();
  for (let page = 0; next !== undefined; page += 1) {
    const sent = { ...query, ...next };
    const mark = JSON.stringify(sent);
    if (page === PAGES_MAX || asked.has(mark)) throw endless(product);
    asked.add(mark);
    // What answered once is there: from then on it has to answer.
    const understands = isFirst && page === 0 ? absent : [];
    const { status, body } = await cloud.call(
      {
        service,
        region: where.region,
        method: 'GET',
        path,
        query: sent,
        headers: fillTexts(headers, values),
        understands,
      },
      signal,
    );
    if (understands.includes(status)) return { absent: `${service} answered ${status}` };
    const items = at(body, list.items);
    if (!Array.isArray(items)) throw unreadable(product);
    said.push(...(items as readonly Json[]));
    next = nextPage(list.paging, body, { got: items.length, sofar: said.length });
    if (next === 'unreadable') throw unreadable(product);
  }
  return { said };
}

function firstPage(paging: Paging): Readonly<Record<string, string>> {
  switch (paging.by) {
    case 'offset':
      return { offset: '0', limit: String(paging.limit) };
    case 'resultLimit':
      return { resultLimit: `0,${paging.limit}` };
    case 'link':
    case 'none':
      return {};
  }
}

/**
 * What the next page is asked for with; undefined after the last one. Of a link only what it asks for is taken, so that it never leads a
 * token to another address. An offset goes on until a page is empty: a service may give fewer than it was asked for.
 */
function nextPage(
  paging: Paging,
  body: Json,
  { got, sofar }: { readonly got: number; readonly sofar: number },
): NextPage {
  switch (paging.by) {
    case 'link': {
      const link = textAt(body, paging.at);
      if (link === undefined) return undefined;
      if (!URL.canParse(link, 'http://next')) return 'unreadable';
      return Object.fromEntries(new URL(link, 'http://next').searchParams);
    }
    case 'offset':
      return got === 0 ? undefined : { offset: String(sofar), limit: String(paging.limit) };
    case 'resultLimit':
      return got === 0 ? undefined : { resultLimit: `${sofar},${paging.limit}` };
    case 'none':
      return undefined;
  }
}

function itemOf(product: Product, { region, parent }: Where, said: Json): Item | undefined {
  const id = product.id === '' && typeof said === 'string' ? said : textAt(said, product.id);
  if (id === undefined || id === '') return undefined;
  if (product.id !== '' && !isObject(said)) return undefined;
  const name = product.name === undefined ? undefined : textAt(said, product.name);
  const crn = product.crn === undefined ? undefined : textAt(said, product.crn);
  return {
    product,
    region,
    ...(parent === undefined ? {} : { parent }),
    id,
    ...(name === undefined ? {} : { name }),
    ...(crn === undefined ? {} : { crn }),
    said,
  };
}

/** One thing that cannot be read must not be taken for one that is gone, so then nothing of the list counts. */
function unreadable({ kind, service }: Product): ProviderTransient {
  return new ProviderTransient(
    `IBM Cloud was asked for a list (${kind}), and did not answer as that service does. See that addresses.${service} of the provider leads to it.`,
  );
}

function endless({ kind }: Product): ProviderTransient {
  return new ProviderTransient(
    `The list (${kind}) does not end: a page leads to itself, or there are more than ${PAGES_MAX}.`,
  );
}
