import { describe } from 'vitest';
import { memberContract, providerContract } from '../contract-suite.ts';
import { TestCloud } from './test-cloud.ts';

providerContract('simulated', async () => {
  const cloud = await TestCloud.start();
  const directory = cloud.makeDirectory();
  return {
    open: () => cloud.open({ directory }),
    template: { size: 'large', region: 'north-1', tags: { owner: 'ann' }, labels: { arch: 'arm64' } },
    slow: { answerAfter: '30s' },
    refused: [
      [{ size: 7 }, '/size'],
      [{ region: '' }, '/region'],
      [{ image: 'debian' }, '/image'],
      [{ tags: [] }, '/tags'],
      [{ tags: { 'poolkeeper-world': 'mine' } }, '/tags/poolkeeper-world'],
      [{ tags: { rank: 1 } }, '/tags/rank'],
      [{ bootTime: 5 }, '/bootTime'],
      [{ bootTime: '1h' }, '/bootTime'],
      [{ answerAfter: 'soon' }, '/answerAfter'],
      [{ labels: { rank: 1 } }, '/labels/rank'],
      [{ params: 'all' }, '/params'],
    ],
    count: async (resource) => (await cloud.machines(resource)).length,
    cleanUp: () => cloud[Symbol.asyncDispose](),
  };
});

describe.each([{}, { cloudPool: 'web' }])('with %j', (options) => {
  memberContract('simulated', async () => {
    const cloud = await TestCloud.start();
    const directory = cloud.makeDirectory();
    return {
      open: () => cloud.open({ directory, ...options }),
      template: {},
      refused: [],
      count: async (resource) => (await cloud.machines(resource)).length,
      cleanUp: () => cloud[Symbol.asyncDispose](),
    };
  });
});
