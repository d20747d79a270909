import { ProviderRefused } from '../../contract.ts';
import type { Cloud } from '../cloud.ts';
import { fillBody, fillPath, fillTexts } from './fill.ts';
import { valuesOf } from './product.ts';
import type { Ask, Item } from './product.ts';

const GONE = [404, 410];

/**
 * Asks for the end of a thing, after what has to come before. That it is gone, the next list says.
 *
 * Errors: those of `Cloud.call`.
 */
export async function removeItem(cloud: Cloud, item: Item, signal: AbortSignal): Promise<void> {
  const { before, remove } = item.product;
  for (const ask of before?.(item) ?? []) {
    await askFor(cloud, item, ask, signal).catch((error: unknown) => {
      // What cannot be unlocked or stopped is told by its deletion, in better words.
      if (!(error instanceof ProviderRefused)) throw error;
    });
  }
  if (remove !== null) await askFor(cloud, item, remove, signal);
}

async function askFor(cloud: Cloud, item: Item, ask: Ask, signal: AbortSignal): Promise<void> {
  const { product, region, parent, id, said } = item;
  const values = { account: cloud.account, region, id, ...valuesOf(parent) };
  const path = fillPath(ask.path, values, said);
  if (path === undefined) {
    throw new ProviderRefused(`What the list says of it is not enough to delete it: ${ask.path}.`);
  }
  await cloud.call(
    {
      service: product.service,
      region,
      method: ask.method,
      path,
      query: fillTexts(ask.query ?? {}, values, said),
      headers: fillTexts(product.headers ?? {}, values, said),
      ...(ask.body === undefined ? {} : { body: fillBody(ask.body, values, said) }),
      ...(ask.lendsRefresh === undefined ? {} : { lendsRefresh: ask.lendsRefresh }),
      understands: GONE,
    },
    signal,
  );
}
