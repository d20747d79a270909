import { Refusal, createWorld, decide } from '@poolkeeper/core';
import type { ConfiguredPool } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import type { Provider } from '../providers/contract.ts';
import { checkProvider } from '../providers/open-provider.ts';
import { checkTemplates } from './check-templates.ts';
import { parseConfigurationText } from '@poolkeeper/config-file';
import { checkConfiguration } from './load-configuration.ts';
import { PLAIN_SEAL } from '../../core/testing/plain-seal.ts';

const parse = (text: string) =>
  checkConfiguration(parseConfigurationText([{ file: 'poolkeeper.yaml', text }], {}), checkProvider);

const TEXT = `providers:
  - { name: local, driver: process }
  - { name: hand, driver: static }
pools:
  - name: web
    provider: local
    size: { min: 3, max: 2, buffer: 0 }
    template:
      command: []
      ready: { http: "/" }
  - name: boards
    provider: hand
`;

test('what a provider finds wrong with a template stands where the template stands', () => {
  const configuration = parse(TEXT);
  const providers: Record<string, Pick<Provider, 'checkTemplate'>> = {
    local: { checkTemplate: () => [{ pointer: '/command', message: 'a program is needed' }] },
    hand: {
      checkTemplate: (template) => (template === null ? [] : [{ pointer: '', message: 'no template' }]),
    },
  };
  const faults = checkTemplates(configuration, (name) => providers[name]);
  expect(faults).toEqual([{ pointer: '/pools/0/template/command', message: 'a program is needed' }]);
  expect(configuration.refuse(faults).message).toBe(
    'poolkeeper.yaml:9:7: pools[0].template.command: a program is needed',
  );
});

test('a refusal of the core says where the member stands', () => {
  const { pools, refuse } = parse(TEXT);
  const world = createWorld();
  const providers = [
    { name: 'local', driver: 'process', makes: true, options: {} },
    { name: 'hand', driver: 'static', makes: false, options: {} },
  ];
  let refusal: Refusal | undefined;
  try {
    decide(
      world,
      { type: 'configure', providers, pools: pools as ConfiguredPool[], isPruning: false, agreed: null },
      { now: 1, newId: (prefix) => `${prefix}1`, random: () => 0.5, ...PLAIN_SEAL },
    );
  } catch (error) {
    if (error instanceof Refusal) refusal = error;
  }
  expect(refuse(refusal?.faults ?? []).message).toBe(
    'poolkeeper.yaml:7:13: pools[0].size.min: min is at most max (2)',
  );
});
