import { memberContract, providerContract } from '../contract-suite.ts';
import { SLOW_TYPE, TestEc2 } from './test-cloud.ts';
import { Ec2Place, TEMPLATE } from './test-place.ts';

providerContract('ec2, with a stand-in that honours client tokens,', async () => {
  const cloud = await TestEc2.start();
  const place = new Ec2Place(cloud.url);
  return {
    open: () => place.open(),
    template: { ...TEMPLATE, assignPublicIp: true, tags: { owner: 'ann' }, labels: { arch: 'arm64' } },
    slow: { ...TEMPLATE, instanceType: SLOW_TYPE },
    refused: [
      [null, '/instanceType'],
      [{}, '/amiId'],
      [{ ...TEMPLATE, instanceType: 'large' }, '/instanceType'],
      [{ ...TEMPLATE, amiId: 'debian-12' }, '/amiId'],
      [{ ...TEMPLATE, image: 'ami-1' }, '/image'],
      [{ ...TEMPLATE, subnetIds: [] }, '/subnetIds'],
      [{ ...TEMPLATE, subnetIds: ['subnet-1', 'net-2'] }, '/subnetIds/1'],
      [{ ...TEMPLATE, assignPublicIp: 'yes' }, '/assignPublicIp'],
      [{ ...TEMPLATE, encodedUserData: '#!/bin/sh' }, '/encodedUserData'],
      [{ ...TEMPLATE, tags: { 'elastisys:cloudPool': 'mine' } }, '/tags/elastisys:cloudPool'],
      [{ ...TEMPLATE, spot: { bidPrice: 0 } }, '/spot/bidPrice'],
      [{ ...TEMPLATE, labels: { rank: 1 } }, '/labels/rank'],
    ],
    count: (resource) => Promise.resolve(cloud.count(resource)),
    cleanUp: async () => {
      await cloud[Symbol.asyncDispose]();
      place[Symbol.dispose]();
    },
  };
});

memberContract('ec2, with a stand-in,', async () => {
  const cloud = await TestEc2.start();
  const place = new Ec2Place(cloud.url);
  return {
    open: () => place.open({ cloudPool: 'web' }),
    template: TEMPLATE,
    refused: [],
    count: (resource) => Promise.resolve(cloud.count(resource)),
    cleanUp: async () => {
      await cloud[Symbol.asyncDispose]();
      place[Symbol.dispose]();
    },
  };
});
