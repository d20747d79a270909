import type { AccountPlace } from '../contract-checks/account-place.ts';
import { accountContract } from '../contract-suite.ts';
import { loginOf, secretOf } from './credential.ts';
import { plantEverything } from './testing/plant.ts';
import { HOLDER, StandIn } from './testing/stand-in.ts';
import { ACCOUNT } from './testing/test-iam.ts';

/** Some of what is planted, by its name and as `leftovers` names it. */
const PLANTED = [
  { kind: 'API key', id: 'ApiKey-service-0' },
  { kind: 'service id', id: 'ServiceId-left-0' },
  { kind: 'cluster', id: 'cluster-0' },
  { kind: 'VPC subnet in us-south', id: 'us-south-subnet-0' },
  { kind: 'Power volume in us-south', id: 'vol-0' },
  { kind: 'classic storage', id: '1000' },
  { kind: 'reclamation', id: 'reclaim-old' },
  { kind: 'container registry namespace in us-south', id: 'namespace-0' },
  { kind: 'resource group', id: 'group-more' },
];

accountContract('an account of IBM Cloud', async (): Promise<AccountPlace & { cleanUp(): Promise<void> }> => {
  const cloud = await StandIn.start();
  return {
    open: () => cloud.open({ regions: ['us-south'] }),
    params: { account_id: ACCOUNT },
    credentials: { management: { apikey: cloud.managementKey }, current: { apikey: cloud.holderKey } },
    plant: () => {
      plantEverything(cloud, 1);
      return Promise.resolve(PLANTED);
    },
    setAway: (isAway) => {
      cloud.fate = () => (isAway ? { status: 503, headers: { 'retry-after': '1' } } : 'answer');
      return Promise.resolve();
    },
    countKeys: () => Promise.resolve(cloud.iam.keys.filter((key) => key['iam_id'] === HOLDER).length),
    works: (credential) => {
      const secret = secretOf(loginOf(credential));
      return Promise.resolve(cloud.iam.keys.some(({ apikey }) => apikey === secret));
    },
    cutsAfterMs: [5, 20, 60],
    cleanUp: () => cloud[Symbol.asyncDispose](),
  };
});
