import { expect, test } from 'vitest';
import { handProviderContract } from '../contract-suite.ts';
import { openProvider } from '../open-provider.ts';
import { aProviderContext } from '../test-context.ts';

handProviderContract('static', () => openProvider({ name: 'hand', driver: 'static' }, aProviderContext()));

test('its refusal says what to do instead', async () => {
  await using provider = await openProvider({ name: 'hand', driver: 'static' }, aProviderContext());
  const resource = { id: 'res_1', name: 'b1', pool: 'boards', kind: 'machine' };
  const creation = provider.create(
    { resource, template: null, idempotencyKey: 'job_1' },
    AbortSignal.abort(),
  );
  await expect(creation).rejects.toThrow(
    'Provider hand makes nothing, so it cannot create b1. Register the resource by hand.',
  );
});
