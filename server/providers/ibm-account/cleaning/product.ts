import type { Json, JsonObject } from '@poolkeeper/core';
import type { Exchange } from '../exchange.ts';
import type { ServiceName } from '../services.ts';
import type { Values } from './fill.ts';

/**
 * One kind of thing that can be in an account: how it is listed, and how it is deleted. Paths have places such as `{id}`, which are
 * filled in from the item: `{account}`, `{region}`, `{id}`, `{parent}`, `{grandparent}`,
 * `{parentCrn}`, or a path into what the list says of it.
 */
export type Product = {
  /** What people are told: `VPC subnet`. */
  readonly kind: string;
  readonly service: ServiceName;
  readonly list: ListCall;
  /** Go along with every call. Filled in like a path. */
  readonly headers?: Readonly<Record<string, string>>;
  /** It is listed once for each of these. */
  readonly each?: Each;
  /** Where in an item its id lies; an empty path: the item is its id. */
  readonly id: string;
  readonly name?: string;
  readonly crn?: string;
  /** Where the id of its resource group lies. Without one it belongs to the whole account. */
  readonly group?: string;
  /** Every account has it: one that may not be looked at lacks a right. */
  readonly mustAnswer?: true;
  /** Statuses of the list that mean 'nothing there', beside 403 and 404. */
  readonly absentAt?: readonly number[];
  /** Belongs to the account itself, or is about to go by itself: neither deleted nor left over. */
  readonly spares?: (item: Item, keeping: Keeping) => boolean;
  /** Goes with the things that say so: theirs are listed, and not deleted one by one. */
  readonly partOf?: { readonly product: () => Product; readonly ids: readonly string[] };
  /** Stays as long as any of these exists, kept ones too. */
  readonly neededBy?: () => Product;
  /** Asked for before it is deleted; a refusal is let be, since the deletion tells it too. */
  readonly before?: (item: Item) => readonly Ask[];
  /** Null: it goes by itself, and is waited for. */
  readonly remove: Ask | null;
};

export type Each = {
  readonly product: () => Product;
  /** What is in a thing that is kept is kept too. */
  readonly isKeptWhole: boolean;
};

export type Ask = Pick<Exchange, 'method'> & {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Texts in it are filled in like a path. */
  readonly body?: JsonObject;
  readonly lendsRefresh?: true;
};

/** How pages follow each other: by a link that lies at a path, by an offset, or in the way of classic infrastructure. */
export type Paging =
  | { readonly by: 'link'; readonly at: string }
  | { readonly by: 'offset' | 'resultLimit'; readonly limit: number }
  | { readonly by: 'none' };

export type ListCall = {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Listed once with each of these, since one list leaves out what another has. */
  readonly variants?: readonly Readonly<Record<string, string>>[];
  /** Where in a page its items lie; an empty path: the page is the list. */
  readonly items: string;
  readonly paging: Paging;
};

/** A thing that was listed. */
export type Item = {
  readonly product: Product;
  readonly region: string;
  readonly parent?: Item;
  readonly id: string;
  readonly name?: string;
  readonly crn?: string;
  /** What the list says of it: mostly an object. */
  readonly said: Json;
};

/** Tells things apart: ids are unique within a kind, a region and a parent. */
export function keyOf({ product, region, parent, id }: Item): string {
  return [product.service, product.kind, region, parent?.id ?? '', id].join(' ');
}

/** What the places in paths stand for in what lies in a thing. */
export function valuesOf(parent: Item | undefined): Values {
  return {
    parent: parent?.id,
    grandparent: parent?.parent?.id,
    parentCrn: parent?.crn ?? parent?.parent?.crn,
  };
}

/** A thing as people are told it. */
export function sayItem({ product, id, name, region }: Item): string {
  const called = name === undefined || name === id ? id : `${name} (${id})`;
  return `${product.kind} ${called}${region === '' ? '' : ` in ${region}`}`;
}

/** What has to stay in an account: what manages it, what its holders log in with, whose it is, and what the keep list names. */
export type Keeping = {
  /** Ids of API keys. */
  readonly keys: ReadonlySet<string>;
  /** IAM ids of the owner, of what manages the account, and of its holders. */
  readonly identities: ReadonlySet<string>;
  /** Access groups that one of them is in. */
  readonly groups: ReadonlySet<string>;
  /** CRNs that bear a tag of the keep list. */
  readonly tagged: ReadonlySet<string>;
  keeps(item: Item): boolean;
};
