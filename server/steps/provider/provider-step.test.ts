import type { JsonObject } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { ProviderGone, ProviderRefused, ProviderTransient } from '../../providers/contract.ts';
import type { ActRequest, Provider } from '../../providers/contract.ts';
import { StepRefused } from '../contract.ts';
import { aStepCall, credentialsThatKeep, toolsThatKeep } from '../test-step.ts';
import { createProviderStep } from './provider-step.ts';

function run(act: Provider['act'], input: JsonObject = { action: 'reboot', input: { isHard: true } }) {
  const provider = { driver: 'cloud', ...(act === undefined ? {} : { act }) };
  const tools = toolsThatKeep();
  const step = createProviderStep({
    providers: new Map([['local', provider]]),
    credentials: credentialsThatKeep(),
    paramsOf: () => Promise.resolve({}),
  });
  return { call: step.run(aStepCall('provider', input), tools), tools };
}

test('the provider is told the action, for what, and under which key; what it says is the output', async () => {
  const asked: ActRequest[] = [];
  const { call, tools } = run((request, _signal, output) => {
    asked.push(request);
    output?.(Buffer.from('rebooting\n'));
    return Promise.resolve({ boots: 2 });
  });
  expect(await call).toEqual({ isPassed: true, exitCode: null, evidence: { boots: 2 }, error: null });
  expect(tools.text()).toBe('rebooting\n');
  expect(asked).toEqual([
    {
      resource: { id: 'res_1', name: 'board-1', pool: 'boards' },
      externalId: 'ext-1',
      action: 'reboot',
      input: { isHard: true },
      idempotencyKey: 'job_1',
    },
  ]);
});

test.each([new ProviderRefused('no such action'), new ProviderGone('it is gone')])(
  'what is no better the next time is refused: %s',
  async (error) => {
    await expect(run(() => Promise.reject(error)).call).rejects.toThrow(StepRefused);
    await expect(run(() => Promise.reject(error)).call).rejects.toThrow(error.message);
  },
);

test('what may pass goes on as it is', async () => {
  const error = new ProviderTransient('the cloud is away');
  await expect(run(() => Promise.reject(error)).call).rejects.toBe(error);
});

test('a provider without actions says so', async () => {
  await expect(run(undefined).call).rejects.toThrow(
    'Provider local offers no actions: its driver, cloud, has none.',
  );
});
