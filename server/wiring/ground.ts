import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { loadAcctpool } from '../acctpool-configuration.ts';
import type { AcctpoolServerInput } from '../acctpool-server.ts';
import { readListeners } from '../cloudpool-server.ts';
import type { CloudpoolListeners } from '../cloudpool-server.ts';
import type { Settings } from '../config/environment.ts';
import { isLoopback } from '../dialect-server.ts';
import type { DropIn } from '../dialect-server.ts';
import { createMetrics } from '../http/metrics.ts';
import type { Metrics } from '../http/metrics.ts';
import { createIdSource } from '../id-source.ts';
import { createLogger } from '../log.ts';
import type { Logger } from '../logger.ts';
import { createCredentialSeal } from '../seal/credential-seal.ts';
import type { CredentialSeal } from '../seal/credential-seal.ts';
import type { SecretBox } from '../seal/secret-box.ts';
import { SigningKeys } from '../seal/signing-keys.ts';
import type { KeyVault } from '../seal/signing-key-file.ts';
import { openSecretBox } from '../secret-keys.ts';
import { openStepOwner } from '../step-executors.ts';
import type { StepOwner } from '../step-executors.ts';
import type { Store } from '../store/contract.ts';
import type { Clock } from '../timers.ts';
import { configDirectoryOf, ConfigurationFile } from './configuration-file.ts';
import type { Machine } from './machine.ts';

/** How long a listener that stops still refuses what was on its way to it, in milliseconds. */
export const LINGER_MS = 100;

/** What was read before anything is opened, so that a server that could not serve does not start. */
export type ReadFiles = {
  readonly configuration: ConfigurationFile;
  readonly configDirectory: string;
  readonly certificate: { readonly cert: Buffer; readonly key: Buffer } | null;
  readonly cloudpoolListeners: CloudpoolListeners;
  readonly accounts: Pick<AcctpoolServerInput, 'acctpool' | 'configuration'> | undefined;
};

/** How one server is to run, and on what machine. */
export type Premises = {
  readonly settings: Settings;
  /** The servers of others that it stands in for. */
  readonly dropIn: DropIn;
  readonly machine: Machine;
  readonly files: ReadFiles;
  readonly logger: Logger;
};

/** What every tenure of a server stands on. It is there as long as the process. */
export type Ground = Premises & {
  readonly store: Store;
  /** The clock of everything that is decided. */
  readonly clock: Clock;
  readonly secretBox: SecretBox;
  readonly credentialSeal: CredentialSeal;
  readonly signingKeys: SigningKeys;
  readonly newId: (prefix: string) => string;
  /** Counters go on from one tenure to the next. */
  readonly metrics: Metrics;
  readonly stepOwner: StepOwner;
  /** Is the world the same for several servers, each with a data directory of its own? Then so are the names of this world at providers. */
  readonly sharedInstance?: (name: string) => Promise<string>;
};

/** Errors: `ConfigurationError`, `CertificateFault`, `RealmFault`, `AcctpoolConfigurationFault`, those of the disk. */
export async function readPremises(settings: Settings, dropIn: DropIn, machine: Machine): Promise<Premises> {
  const { acctpool } = dropIn;
  const files = {
    configuration: await ConfigurationFile.open(settings),
    configDirectory: await configDirectoryOf(settings),
    cloudpoolListeners: await readListeners(settings, dropIn.cloudpool),
    accounts: acctpool && { acctpool, configuration: await loadAcctpool(acctpool, process.env) },
    certificate: settings.tls === null ? null : await readCertificate(settings.tls),
  };
  const logger = createLogger({ level: settings.logLevel });
  warnIfOpen(settings, logger);
  return { settings, dropIn, machine, files, logger };
}

/**
 * Opens what tenures stand on, around a store that is open and stays its opener's.
 *
 * `vault`: where signing keys are kept. Errors: `KeyFileError`, `SigningKeysError`, those of the disk and of the store.
 */
export async function openGround(
  premises: Premises,
  opened: Pick<Ground, 'store' | 'clock' | 'sharedInstance'> & {
    readonly openVault: (box: SecretBox) => KeyVault;
  },
): Promise<Ground> {
  const { settings, machine, logger } = premises;
  const { openVault, ...own } = opened;
  const secretBox = await openSecretBox(settings.dataDirectory, settings.masterKeys);
  return {
    ...premises,
    ...own,
    secretBox,
    credentialSeal: createCredentialSeal(secretBox),
    signingKeys: await SigningKeys.open({
      vault: openVault(secretBox),
      memory: own.store,
      now: own.clock.now(),
    }),
    newId: createIdSource(own.clock, randomBytes),
    metrics: createMetrics(new Registry()),
    stepOwner: await openStepOwner({
      scratch: join(settings.dataDirectory, 'steps'),
      random: machine.random,
      logger,
    }),
  };
}

async function readCertificate(tls: {
  certFile: string;
  keyFile: string;
}): Promise<{ cert: Buffer; key: Buffer }> {
  return { cert: await readFile(tls.certFile), key: await readFile(tls.keyFile) };
}

function warnIfOpen(settings: Settings, logger: Logger): void {
  if (isLoopback(settings.listen.host) || settings.tls !== null || settings.trustProxy !== false) return;
  logger.warn(
    { host: settings.listen.host },
    'LISTENING BEYOND THIS MACHINE WITHOUT TLS: tokens travel in the clear. Give --tls-cert and --tls-key, or set ' +
      'POOLKEEPER_TRUST_PROXY when a proxy in front ends TLS.',
  );
}
