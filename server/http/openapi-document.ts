import { Registry } from 'prom-client';
import type { Keeper } from '../keeper/contract.ts';
import type { RunLogs } from '../run-log/run-logs.ts';
import { silentLogger } from '../logger.ts';
import type { Runners } from '../runners/contract.ts';
import { createApp } from './app.ts';
import { createMetrics } from './metrics.ts';
import type { Configurator, CredentialsPart, Notifications, SecretSeal, SigningKeysPart } from './parts.ts';

/** Where the committed document is, from the root of the repository. */
export const OPENAPI_FILE = 'openapi/poolkeeper.json';

/** The document of the API as the routes declare it. No request is served for it, so there is no keeper behind it. */
export async function createOpenApiDocument(version: string): Promise<object> {
  const app = createApp({
    keeper: {} as Keeper,
    configurator: {} as Configurator,
    notifications: {} as Notifications,
    secretSeal: {} as SecretSeal,
    credentials: {} as CredentialsPart,
    runLogs: {} as RunLogs,
    signingKeys: {} as SigningKeysPart,
    runners: { close: () => {} } as Runners,
    metrics: createMetrics(new Registry()),
    timers: { set: () => () => {} },
    logger: silentLogger,
    version,
  });
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}
