import { expect, test } from 'vitest';
import type { Cloud } from '../cloud.ts';
import { NoSuchAddress } from '../exchange.ts';
import { readParams } from '../params.ts';
import { ADDRESSES } from '../services.ts';
import type { ServiceName } from '../services.ts';
import type { Keeping, Product } from './product.ts';
import { Survey } from './survey.ts';

/** No address of any region is there. */
const nowhere = {
  account: 'a-1',
  call: () => Promise.reject(new NoSuchAddress('there is no such address.')),
} as unknown as Cloud;
const KEEPING = { keeps: () => false } as unknown as Keeping;

const productOf = (service: ServiceName): Product => ({
  kind: 'thing',
  service,
  list: { path: '/things', items: 'things', paging: { by: 'none' } },
  id: 'id',
  remove: null,
});

function lookAt(service: ServiceName, regions = ['us-south']) {
  const params = readParams({ account_id: 'a-1', regions }, []);
  const survey = new Survey({
    cloud: nowhere,
    params,
    keeping: KEEPING,
    addresses: ADDRESSES,
    required: new Set(),
  });
  return survey.look([productOf(service)], new AbortController().signal);
}

test('a service that not every region has is absent where it has no address', async () => {
  expect(await lookAt('codeEngine')).toEqual({ items: [], errors: [] });
});

test('a region in which not even VPC has an address is none: it proves nothing', async () => {
  const { errors } = await lookAt('vpc', ['us-soth']);
  expect(errors.map(({ message }) => message)).toEqual([
    'Region us-soth cannot be looked at: vpc, which every region has, has no address there. Correct params.regions of the account, or addresses.vpc of the provider.',
  ]);
});

test('a service that is the same for all regions is never absent', async () => {
  expect((await lookAt('iam')).errors).toHaveLength(1);
});

test('an account without a region to look in is refused', () => {
  expect(() => readParams({ account_id: 'a-1', regions: [] }, [])).toThrow(
    'params.regions: a list of regions is needed, such as ["us-south"].',
  );
});
