import { randomBytes } from 'node:crypto';
import { CREDENTIAL_PARTS } from '@poolkeeper/core';
import type { Credential, CredentialPart, Secret } from '@poolkeeper/core';
import type { MasterKeySettings } from './config/environment.ts';
import type { Keeper } from './keeper/contract.ts';
import type { Logger } from './logger.ts';
import { secretName } from './notifications/http-sender.ts';
import { createCredentialSeal } from './seal/credential-seal.ts';
import { loadMasterKeys } from './seal/key-file.ts';
import { parseMasterKey } from './seal/master-key.ts';
import type { MasterKey } from './seal/master-key.ts';
import { createSecretBox } from './seal/secret-box.ts';
import type { SecretBox } from './seal/secret-box.ts';

/** What closes and opens the secrets of this server. Errors: `KeyFileError`, those of the disk. */
export async function openSecretBox(dataDirectory: string, settings: MasterKeySettings): Promise<SecretBox> {
  const keys = await loadMasterKeys({
    dataDirectory,
    given: keysOf(settings.given),
    file: settings.file,
    earlier: keysOf(settings.earlier),
  });
  return createSecretBox(keys, randomBytes);
}

function keysOf(texts: readonly string[]): MasterKey[] {
  return texts.map(parseMasterKey).filter((key) => key !== undefined);
}

/** The secrets of these names as they are now; of those that are not there nothing. */
export function findSecrets(
  keeper: Pick<Keeper, 'read'>,
  names: readonly string[],
): Promise<ReadonlyMap<string, Secret>> {
  return keeper.read(
    ({ secrets }) =>
      new Map(
        names.flatMap((name) => {
          const secret = secrets.get(name);
          return secret === undefined ? [] : [[name, secret] as const];
        }),
      ),
  );
}

/** Secrets that are sealed anew in one look at the world: requests come between two of them. */
const RESEAL_BATCH = 50;
/** Resources that one line of the log names. */
const CLOSED_NAMED_MAX = 20;

/**
 * Says which secrets cannot be opened, then seals with the current key what is sealed with an earlier one, and says when the
 * earlier one can go. What cannot be opened is left as it is: its key may come back.
 *
 * Shape: ends early when the signal aborts. Errors: those of the keeper.
 */
export async function resealSecrets(
  keeper: Keeper,
  { box, logger, signal }: { box: SecretBox; logger: Logger; signal: AbortSignal },
): Promise<void> {
  await resealWebhooks(keeper, box);
  await resealCredentials(keeper, { box, logger, signal });
  const secrets = await keeper.read((world) => [...world.secrets.values()]);
  const closed = secrets.filter(({ name, sealed }) => !box.canOpen(name, sealed)).map(({ name }) => name);
  if (closed.length > 0) {
    logger.error(
      { names: closed },
      'SECRETS CANNOT BE OPENED: they are sealed with a key that this server does not have. Steps that name them fail until then. ' +
        'Give the key that they were sealed with as POOLKEEPER_MASTER_KEY_OLD and start the server again, or set them anew with ' +
        '"poolkeeper secret set".',
    );
  }
  const earlier = secrets.filter(({ name, sealed }) => !box.isCurrent(sealed) && !closed.includes(name));
  if (earlier.length === 0) return;
  for (let from = 0; from < earlier.length && !signal.aborted; from += RESEAL_BATCH) {
    const batch = earlier.slice(from, from + RESEAL_BATCH);
    await Promise.all(batch.map((secret) => resealOne(keeper, box, secret)));
  }
  if (signal.aborted) return;
  logger.warn(
    { count: earlier.length, keyId: box.keyId },
    'secrets are sealed with the current key now; no secret needs an earlier one any more. Take it out of ' +
      'POOLKEEPER_MASTER_KEY_OLD or the key file, and keep it with the backups that were made before.',
  );
}

async function resealOne(keeper: Keeper, box: SecretBox, { name, sealed, version }: Secret): Promise<void> {
  const anew = box.seal(name, box.open(name, sealed));
  await keeper.ask({ type: 'resealSecret', name, sealed: anew, version });
}

/**
 * The credentials of resources, as the secrets: those that cannot be opened are named and left as they are, and whoever needs them is
 * told so. Each is decided by itself, so that a rotation that came meanwhile wins.
 */
async function resealCredentials(
  keeper: Keeper,
  { box, logger, signal }: { box: SecretBox; logger: Logger; signal: AbortSignal },
): Promise<void> {
  const seal = createCredentialSeal(box);
  const all = await keeper.read((world) => [...world.credentials.values()]);
  const closed = all.filter((one) =>
    partsOf(one).some(([part, sealed]) => !seal.canOpen(one.id, part, sealed)),
  );
  if (closed.length > 0) {
    logger.error(
      { count: closed.length, resources: closed.slice(0, CLOSED_NAMED_MAX).map(({ id }) => id) },
      'CREDENTIALS CANNOT BE OPENED: they are sealed with a key that this server does not have. Nobody who holds these resources is ' +
        'shown them, and steps that need them fail, until then. Give the key that they were sealed with as POOLKEEPER_MASTER_KEY_OLD and ' +
        'start the server again, or set them anew with "poolkeeper resource set-credentials".',
    );
  }
  const earlier = all.flatMap((one) => {
    const sealed = partsOf(one).map(([part, text]) => [part, seal.sealAnew(one.id, part, text)] as const);
    const told = Object.entries(one.told ?? {}).map(
      ([part, text]) => [part, seal.sealAnew(one.id, 'told', text)] as const,
    );
    const isNews = [...sealed, ...told].some(([, anew]) => anew !== undefined);
    return isNews ? [{ one, sealed: definedOf(sealed), told: definedOf(told) }] : [];
  });
  for (let from = 0; from < earlier.length && !signal.aborted; from += RESEAL_BATCH) {
    await Promise.all(
      earlier
        .slice(from, from + RESEAL_BATCH)
        .map(({ one: { id, version }, sealed, told }) =>
          keeper.ask({ type: 'resealCredential', resource: id, version, sealed, told }),
        ),
    );
  }
  if (earlier.length > 0 && !signal.aborted)
    logger.info(
      { count: earlier.length, keyId: box.keyId },
      'credentials are sealed with the current key now',
    );
}

function partsOf(credential: Credential): (readonly [CredentialPart, string])[] {
  return CREDENTIAL_PARTS.flatMap((part) => {
    const kept = credential[part];
    return kept === null ? [] : [[part, kept.sealed] as const];
  });
}

function definedOf(
  entries: readonly (readonly [string, string | undefined])[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(entries.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])));
}

/** What messages to webhooks are signed with goes along; there are few of them. What cannot be opened their deliveries tell. */
async function resealWebhooks(keeper: Keeper, box: SecretBox): Promise<void> {
  for (const { name, sealedSecret } of await keeper.read((world) => [...world.webhooks.values()])) {
    if (sealedSecret === null || box.isCurrent(sealedSecret)) continue;
    const purpose = secretName(name);
    if (!box.canOpen(purpose, sealedSecret)) continue;
    const sealed = box.seal(purpose, box.open(purpose, sealedSecret));
    await keeper.ask({ type: 'resealWebhook', name, before: sealedSecret, sealed });
  }
}
