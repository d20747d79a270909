import type { JsonObject } from '@poolkeeper/core';
import { memberContract, providerContract } from '../contract-suite.ts';
import type { ProviderPlace } from '../contract-suite.ts';
import { TestCloud } from './test-cloud.ts';

const template = { size: 'm1.small', image: 'debian-12', assignFloatingIp: true, tags: { owner: 'ann' } };
const refused: (readonly [JsonObject | null, string])[] = [
  [null, '/size'],
  [{ size: 'm1.small' }, '/image'],
  [{ ...template, size: 7 }, '/size'],
  [{ ...template, image: '' }, '/image'],
  [{ ...template, keyPair: [] }, '/keyPair'],
  [{ ...template, securityGroups: 'web' }, '/securityGroups'],
  [{ ...template, networks: ['none', 'inside'] }, '/networks'],
  [{ ...template, networks: [1] }, '/networks'],
  [{ ...template, encodedUserData: '#!/bin/sh' }, '/encodedUserData'],
  [{ ...template, assignFloatingIp: 'yes' }, '/assignFloatingIp'],
  [{ ...template, flavour: 'm1.small' }, '/flavour'],
  [{ ...template, tags: { 'elastisys:cloudPool': 'mine' } }, '/tags/elastisys:cloudPool'],
  [{ ...template, tags: { 'a/b': 'x' } }, '/tags/a~1b'],
  [{ ...template, tags: { rank: 1 } }, '/tags/rank'],
  [{ ...template, labels: { rank: 1 } }, '/labels/rank'],
  [{ ...template, params: 'all' }, '/params'],
];

/** A cloud whose servers take a while, and whose pages are small. */
async function aSlowCloud(options: JsonObject): Promise<ProviderPlace> {
  const cloud = await TestCloud.start();
  const directory = cloud.makeDirectory();
  Object.assign(cloud.nova, { bootMs: 20, endMs: 20, pageLimitMax: 2 });
  return {
    open: () => cloud.open({ directory, options }),
    template,
    slow: { ...template, tags: { portAfterMs: '60000' } },
    refused,
    cutsAfterMs: [1, 8, 25],
    count: (resource) => Promise.resolve(cloud.nova.staying(resource).length),
    cleanUp: () => cloud[Symbol.asyncDispose](),
  };
}

for (const [name, options] of [
  ['openstack', {}],
  ['openstack for a cloud pool', { cloudPool: 'web & co' }],
] as const) {
  providerContract(name, () => aSlowCloud(options));
  memberContract(name, () => aSlowCloud(options));
}
