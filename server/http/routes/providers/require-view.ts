import { Refusal } from '@poolkeeper/core';
import type { Token, World } from '@poolkeeper/core';
import type { ProvidersStatus } from '../../provider-status.ts';
import type { ProviderBody } from '../../schemas/provider.ts';
import { viewProvider } from '../../views/provider.ts';
import { poolsByProvider } from './find-providers.ts';

/** A provider as it is now, as far as the token knows of it. Errors: `provider_not_found`. */
export function requireViewOfProvider(
  world: World,
  name: string,
  { token, statuses }: { token: Token; statuses: ReturnType<ProvidersStatus> },
): ProviderBody {
  const info = world.providers.get(name);
  const pools = poolsByProvider(world, token).get(name);
  if (info === undefined || pools === undefined) {
    throw new Refusal(
      'provider_not_found',
      `There is no provider "${name}". See the providers that exist with GET /v1/providers.`,
    );
  }
  return viewProvider({ info, status: statuses.find(({ provider }) => provider === name), pools }, token);
}
