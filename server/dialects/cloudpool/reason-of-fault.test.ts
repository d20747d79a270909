import { expect, test } from 'vitest';
import { reasonOfFault } from './reason-of-fault.ts';

test.each([
  ['/settings/region', 'cloudApiSettings: region: wrong.'],
  ['/settings', 'cloudApiSettings: wrong.'],
  ['/url', 'cloudApiSettings: url: wrong.'],
  ['/cloudPool', 'name: wrong.'],
  ['/template/subnetIds/1', 'provisioningTemplate: subnetIds.1: wrong.'],
  ['/template/tags/a~1b~0c', 'provisioningTemplate: tags.a/b~c: wrong.'],
  ['/template', 'provisioningTemplate: wrong.'],
])('a fault of a provider at %s is told from the root of the configuration', (pointer, reason) => {
  expect(reasonOfFault({ pointer, message: 'wrong.' })).toBe(reason);
});
