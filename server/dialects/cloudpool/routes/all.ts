import { placeUnder } from '../endpoint.ts';
import type { Endpoint, PoolEndpoint } from '../endpoint.ts';
import type { Served } from '../parts.ts';
import { CONFIGURATION_ROUTES } from './configuration.ts';
import { INSTANCE_ROUTES } from './instances.ts';
import { BARE_MEMBER_ROUTES, MEMBER_ROUTES } from './members.ts';
import { POOL_ROUTES } from './pool.ts';
import { RUNNING_ROUTES } from './running.ts';
import { LEGACY_RESIZE, VERSION_ONE_ROUTES } from './version-one.ts';

const POOL_API: readonly PoolEndpoint[] = [
  ...CONFIGURATION_ROUTES,
  ...RUNNING_ROUTES,
  ...POOL_ROUTES,
  ...MEMBER_ROUTES,
];

/** The path of an instance. */
const INSTANCE = '/cloudpools/:name';

/** All that one mount serves. */
export function endpointsOf(
  served: Served,
  { legacyResize }: { legacyResize: boolean },
): readonly Endpoint[] {
  if (served.api === 'versionOne') return placeUnder('', 'versionOne', VERSION_ONE_ROUTES);
  // The resize of version 1 fails in the words of version 1, wherever it is served.
  const resize = legacyResize ? [LEGACY_RESIZE] : [];
  const root = [...placeUnder('', 'singleton', POOL_API), ...placeUnder('', 'versionOne', resize)];
  const instances = [
    ...INSTANCE_ROUTES,
    ...placeUnder(INSTANCE, 'instance', [...POOL_API, ...BARE_MEMBER_ROUTES]),
    ...placeUnder(INSTANCE, 'versionOne', resize),
  ];
  return [...(served.pool === null ? [] : root), ...(served.hasInstances ? instances : [])];
}
