import type { Product } from '../cleaning/product.ts';

const PAGE_SIZE = 100;
/** What an account without classic infrastructure is answered: its token means nothing there. */
const NO_CLASSIC = [401];
/** Workers are named so, and go with their cluster. */
const WORKER = /^kube-/;

type Classic = {
  readonly list: string;
  readonly mask: string;
  readonly name: string;
} & Pick<Product, 'remove'>;

/** Something of classic infrastructure, from a list of the account. */
function classic(kind: string, { list, mask, name, remove }: Classic): Product {
  return {
    kind,
    service: 'classic',
    list: {
      path: `/SoftLayer_Account/${list}.json`,
      query: { objectMask: `mask[${mask}]` },
      items: '',
      paging: { by: 'resultLimit', limit: PAGE_SIZE },
    },
    id: 'id',
    name,
    absentAt: NO_CLASSIC,
    spares: ({ name: called = '' }) => WORKER.test(called),
    remove,
  };
}

/** What is rented is not deleted but cancelled: at once, with everything that hangs on it. */
const CANCEL: Product['remove'] = {
  method: 'POST',
  path: '/SoftLayer_Billing_Item/{billingItem.id}/cancelItem.json',
  body: { parameters: [true, true, 'No longer needed', ''] },
};

export const VIRTUAL_SERVERS = classic('classic virtual server', {
  list: 'getVirtualGuests',
  mask: 'id,hostname',
  name: 'hostname',
  remove: { method: 'DELETE', path: '/SoftLayer_Virtual_Guest/{id}.json' },
});

export const BARE_METAL_SERVERS = classic('classic bare metal server', {
  list: 'getHardware',
  mask: 'id,hostname,billingItem.id',
  name: 'hostname',
  remove: CANCEL,
});

/** Block and file storage. */
export const NETWORK_STORAGE = classic('classic storage', {
  list: 'getNetworkStorage',
  mask: 'id,username,billingItem.id',
  name: 'username',
  remove: CANCEL,
});

export const IMAGE_TEMPLATES = classic('classic image template', {
  list: 'getPrivateBlockDeviceTemplateGroups',
  mask: 'id,name',
  name: 'name',
  remove: { method: 'DELETE', path: '/SoftLayer_Virtual_Guest_Block_Device_Template_Group/{id}.json' },
});
