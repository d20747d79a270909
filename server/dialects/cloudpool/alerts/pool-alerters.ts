import type { Json, Secret, World } from '@poolkeeper/core';
import type { Logger } from '../../../logger.ts';
import { trustCertificateFiles } from '../configuration/certificate-files.ts';
import type { AlertSettings } from '../configuration/configuration.ts';
import { parseConfiguration } from '../configuration/parse-configuration.ts';
import type { AlertSender } from './alert-senders.ts';
import { Suppression } from './suppression.ts';

/** Who is alerted of one pool, by one configuration of it. */
export type PoolAlerter = {
  /** The name in the configuration. */
  readonly name: string;
  /** Rises with each configuration that is taken. */
  readonly generation: number;
  readonly senders: readonly AlertSender[];
  readonly suppression: Suppression;
};

type Taken = { readonly source: string; readonly alerter: PoolAlerter | undefined };

export type PoolAlertersParts = {
  readonly openSecret: (secret: Secret) => string;
  readonly createSenders: (settings: AlertSettings) => readonly AlertSender[];
  readonly logger: Logger;
};

/** Reads who is to be alerted from the configurations of pools, each once for each version of it. */
export class PoolAlerters {
  readonly #parts: PoolAlertersParts;
  readonly #taken = new Map<string, Taken>();
  #generation = 0;

  constructor(parts: PoolAlertersParts) {
    this.#parts = parts;
  }

  /** Forgets pools that are gone. */
  follow(world: World): void {
    if (this.#taken.size <= world.upkeeps.size) return;
    for (const pool of this.#taken.keys()) if (!world.upkeepOfPool.has(pool)) this.#taken.delete(pool);
  }

  /** Undefined where nobody is alerted. */
  find(world: World, pool: string): PoolAlerter | undefined {
    const upkeep = world.upkeeps.get(world.upkeepOfPool.get(pool) ?? '');
    const secret = world.secrets.get(upkeep?.secret ?? '');
    if (secret === undefined) return undefined;
    const taken = this.#taken.get(pool);
    // One that is sealed anew with another key says the same.
    const source = `${secret.name} ${secret.createdAt} ${secret.version}`;
    if (taken?.source === source) return taken.alerter;
    const alerter = this.#take(pool, secret);
    this.#taken.set(pool, { source, alerter });
    return alerter;
  }

  #take(pool: string, secret: Secret): PoolAlerter | undefined {
    const { openSecret, createSenders, logger } = this.#parts;
    try {
      const body = JSON.parse(openSecret(secret)) as Json;
      const { name, alerts } = parseConfiguration(body, trustCertificateFiles);
      if (alerts === null) return undefined;
      this.#generation += 1;
      const suppression = new Suppression(alerts.suppressMs);
      return { name, generation: this.#generation, senders: createSenders(alerts), suppression };
    } catch (error) {
      // What a parser says may show what it parsed.
      const reason = error instanceof SyntaxError ? 'it is no JSON' : (error as Error).message;
      logger.warn(
        { pool, reason },
        'the configuration of a cloud pool cannot be read: nobody is alerted of it',
      );
      return undefined;
    }
  }
}
