import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@poolkeeper/core';
import type { Clock } from '../../timers.ts';
import { systemClock } from '../../system-clock.ts';
import type { Provider } from '../contract.ts';
import { openProvider } from '../open-provider.ts';
import { aProviderContext } from '../test-context.ts';
import type { ProviderContext } from '../driver.ts';

export const TEMPLATE: JsonObject = {
  instanceType: 'm5.large',
  amiId: 'ami-0123456789abcdef0',
  subnetIds: ['subnet-0a', 'subnet-0b', 'subnet-0c'],
};
export const SECRET_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

/** A data directory, and providers that are opened on it. */
export class Ec2Place implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'poolkeeper-ec2-'));
  readonly #endpoint: string;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  open(
    options: {
      readonly name?: string;
      readonly settings?: JsonObject;
      readonly cloudPool?: string;
      readonly clock?: Clock;
      readonly logger?: ProviderContext['logger'];
    } = {},
  ): Promise<Provider> {
    const { name = 'aws', settings = {}, cloudPool, clock = systemClock, logger } = options;
    const context = aProviderContext({
      dataDirectory: this.directory,
      clock,
      ...(logger === undefined ? {} : { logger }),
    });
    const keys = { awsAccessKeyId: 'AKIDEXAMPLE', awsSecretAccessKey: SECRET_KEY, region: 'eu-west-1' };
    const entry = {
      name,
      driver: 'ec2',
      settings: { ...keys, endpoint: this.#endpoint, ...settings },
      ...(cloudPool === undefined ? {} : { cloudPool }),
    };
    return openProvider(entry, context);
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
