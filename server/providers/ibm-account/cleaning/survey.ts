import type { Cloud } from '../cloud.ts';
import { NoSuchAddress } from '../exchange.ts';
import { textAt } from '../json.ts';
import type { AccountParams } from '../params.ts';
import { addressOf, isEverywhere, isRegional } from '../services.ts';
import type { Addresses, ServiceName } from '../services.ts';
import { ProviderRefused, ProviderTransient } from '../../contract.ts';
import { listProduct } from './list.ts';
import type { Where } from './list.ts';
import type { Item, Keeping, Product } from './product.ts';

export type SurveyInput = {
  readonly cloud: Cloud;
  readonly params: AccountParams;
  readonly keeping: Keeping;
  readonly addresses: Addresses;
  readonly required: ReadonlySet<ServiceName>;
};

export type Found = { readonly items: readonly Item[]; readonly errors: readonly Error[] };

/** Looks at an account: what is there that should not be. Remembers which products it does not have. */
export class Survey {
  /** By kind and place: why there is nothing. */
  readonly absent = new Map<string, string>();
  readonly #input: SurveyInput;

  constructor(input: SurveyInput) {
    this.#input = input;
  }

  /**
   * Everything of some products that is to go. One that cannot be listed does not hide what is found of the others.
   *
   * Errors: the signal's reason; all others are among what is answered.
   */
  async look(products: readonly Product[], signal: AbortSignal): Promise<Found> {
    const results = await Promise.allSettled(products.map((product) => this.#unwanted(product, signal)));
    signal.throwIfAborted();
    return {
      items: results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])),
      errors: results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : [])),
    };
  }

  async #unwanted(product: Product, signal: AbortSignal): Promise<readonly Item[]> {
    const { keeping, params } = this.#input;
    if (params.resourceGroup !== null && !isGrouped(product)) return [];
    if (product.neededBy !== undefined && (await this.#all(product.neededBy(), signal)).length > 0) return [];
    const items = await this.#all(product, signal);
    const parts = items.length === 0 ? new Set<string>() : await this.#partsOf(product, signal);
    return items.filter(
      (item) =>
        this.#isInGroup(item) &&
        !parts.has(item.id) &&
        !keeping.keeps(item) &&
        product.spares?.(item, keeping) !== true,
    );
  }

  /** Everything of a product, kept or not, in every region or in each of what it lies in. */
  async #all(product: Product, signal: AbortSignal): Promise<readonly Item[]> {
    const places = await this.#placesOf(product, signal);
    const lists = await Promise.all(places.map((where) => this.#listIn(product, where, signal)));
    return lists.flat();
  }

  async #placesOf(product: Product, signal: AbortSignal): Promise<readonly Where[]> {
    const { keeping } = this.#input;
    if (product.each !== undefined) {
      const { isKeptWhole } = product.each;
      const parents = await this.#all(product.each.product(), signal);
      const wanted = parents.filter(
        (parent) => !isKeptWhole || (!keeping.keeps(parent) && this.#isInGroup(parent)),
      );
      return this.#regionsOf(product).flatMap((region) =>
        wanted
          .filter((parent) => parent.region === '' || parent.region === region)
          .map((parent) => ({ region, parent })),
      );
    }
    return this.#regionsOf(product).map((region) => ({ region }));
  }

  /** A service that has one address for all regions is asked once. */
  #regionsOf({ service }: Product): readonly string[] {
    const { params, addresses } = this.#input;
    if (addresses[service] === null) return [];
    if (!isRegional(addresses, service)) return [''];
    return params.regions.filter((region) => addressOf(addresses, service, region) !== undefined);
  }

  async #listIn(product: Product, where: Where, signal: AbortSignal): Promise<readonly Item[]> {
    const { cloud } = this.#input;
    try {
      const listed = await listProduct(cloud, product, where, signal);
      if ('items' in listed) return listed.items;
      return this.#nothing(product, where, listed.absent);
    } catch (error) {
      // A region in which a service is not offered has no address for it.
      if (!(error instanceof NoSuchAddress) || where.region === '') throw error;
      if (isEverywhere(product.service)) throw noSuchRegion(product.service, where.region);
      return this.#nothing(product, where, 'there is no such address');
    }
  }

  #nothing(product: Product, { region }: Where, why: string): readonly Item[] {
    const { kind, service } = product;
    const place = region === '' ? kind : `${kind} in ${region}`;
    if (this.#input.required.has(service)) {
      throw new ProviderRefused(
        `${place} cannot be looked at (${why}), and requireServices of the provider says that it must be. Give what manages the account the right, or take ${service} out.`,
      );
    }
    this.absent.set(place, why);
    return [];
  }

  async #partsOf({ partOf }: Product, signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (partOf === undefined) return new Set();
    const wholes = await this.#all(partOf.product(), signal);
    return new Set(wholes.flatMap(({ said }) => partOf.ids.flatMap((path) => textAt(said, path) ?? [])));
  }

  #isInGroup({ product, parent, said }: Item): boolean {
    const { resourceGroup } = this.#input.params;
    if (resourceGroup === null) return true;
    if (product.group !== undefined) return textAt(said, product.group) === resourceGroup;
    if (parent === undefined) return false;
    return parent.id === resourceGroup || this.#isInGroup(parent);
  }
}

/** A region that is spelled wrong would else prove an account clean in which nobody looked. */
function noSuchRegion(service: ServiceName, region: string): ProviderTransient {
  return new ProviderTransient(
    `Region ${region} cannot be looked at: ${service}, which every region has, has no address there. Correct params.regions of the account, or addresses.${service} of the provider.`,
  );
}

/** Does it say, or what it lies in, to which resource group it belongs? */
function isGrouped(product: Product): boolean {
  if (product.group !== undefined) return true;
  return (
    product.each !== undefined &&
    (isGrouped(product.each.product()) || product.each.product().kind === 'resource group')
  );
}
