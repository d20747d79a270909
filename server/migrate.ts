import { randomBytes } from 'node:crypto';
import type { ProviderEntry } from '@poolkeeper/core';
import type { MasterKeySettings } from './config/environment.ts';
import {
  beginFilling,
  openSourceDatabase,
  openSourceFolder,
  openTargetDatabase,
  openTargetFolder,
} from './migrate-places.ts';
import type { OpenDatabase, SourcePlace, TargetPlace } from './migrate-places.ts';
import { moveWorld, requireEmpty } from './migrate-world.ts';
import type { MovedWorld, MoveProgress } from './migrate-world.ts';
import { openSecretBox } from './secret-keys.ts';
import { StoreFailure } from './store/contract.ts';
import type { CopyableStore } from './store/contract.ts';
import type { SharedStore } from './store/shared-contract.ts';
import type { Timers } from './timers.ts';
import { VERSION } from './version.ts';

const ID_BYTES = 8;
/** Drivers whose resources, or what their programs keep, are on the machine of the server. */
const DRIVERS_OF_MACHINE: readonly string[] = ['process', 'exec'];

/** A world is in a data folder, or in a database. */
export type WorldAddress = { readonly folder: string } | { readonly database: string };

export type MigrateInput = {
  readonly from: WorldAddress;
  readonly to: WorldAddress;
  /** What secrets are sealed with; without any, the key of the folder. */
  readonly masterKeys: MasterKeySettings;
  readonly openDatabase: (url: string) => Promise<SharedStore & CopyableStore>;
  readonly timers: Timers;
  readonly onProgress?: (progress: MoveProgress) => void;
};

export type Migrated = MovedWorld & {
  /** Were the keys that sign turnover records there to move? */
  readonly hasSigningKeys: boolean;
  /** Providers whose folder on the machine was left where it is. */
  readonly providersOfMachine: readonly string[];
};

/**
 * Copies a world from a data folder to a database, or back, and proves that the copy is the same: documents, history, turnovers, run
 * logs and public keys by counts and digests; then the keys that sign and the names of the world at its providers. Afterwards the
 * source is as it was.
 *
 * Errors: `StoreFailure` for a source in use and a target that is not empty, `WorldDiffers`, `KeyFileError`, `SigningKeysError`.
 */
export async function migrateWorld(input: MigrateInput): Promise<Migrated> {
  const { from, to, masterKeys } = input;
  const folder = 'folder' in from ? from.folder : 'folder' in to ? to.folder : undefined;
  if (folder === undefined || ('folder' in from && 'folder' in to)) {
    throw new StoreFailure(
      'One of --from and --to has to be a data folder, and the other a database. Folders are copied with "poolkeeper backup" and ' +
        '"restore", databases with their own tools.',
    );
  }
  if ('folder' in to && masterKeys.given.length === 0 && masterKeys.file === null) {
    throw new StoreFailure(
      'The master key is missing. Give the one that the replicas had as POOLKEEPER_MASTER_KEY or --master-key-file: the keys that sign ' +
        'turnover records are sealed with it.',
    );
  }
  await using stack = new AsyncDisposableStack();
  const database = await openShared(input, stack);
  const source = stack.use(
    'folder' in from ? await openSourceFolder(from.folder) : await openSourceDatabase(database),
  );
  const target = stack.use(
    'folder' in to ? await openTargetFolder(to.folder) : await openTargetDatabase(database),
  );
  await requireEmpty(target.store);
  await beginFilling(target, database);
  const box = await openSecretBox(folder, masterKeys);
  // First what is small and may be refused.
  const keys = await source.openVault(box).read();
  const moved = await moveWorld(source.store, target.store, {
    term: target.term,
    ...(input.onProgress === undefined ? {} : { onProgress: input.onProgress }),
  });
  if (keys !== undefined) {
    const vault = target.openVault(box);
    await vault.read();
    await vault.write(keys);
  }
  const providersOfMachine = await moveInstances(source, target);
  await source.requireUnchanged();
  await target.finish();
  return { ...moved, hasSigningKeys: keys !== undefined, providersOfMachine };
}

async function openShared(
  { from, to, openDatabase, timers }: MigrateInput,
  owner: AsyncDisposableStack,
): Promise<OpenDatabase> {
  const url = 'database' in from ? from.database : 'database' in to ? to.database : '';
  const store = owner.use(await openDatabase(url));
  const id = randomBytes(ID_BYTES).toString('hex');
  return { store, timers, replica: { id, name: 'poolkeeper-migrate', address: '', version: VERSION } };
}

/** Takes the names of the world at its providers along. Answers providers that have more than that on the machine. */
async function moveInstances(source: SourcePlace, target: TargetPlace): Promise<readonly string[]> {
  const left: string[] = [];
  for (const { driver, name } of await readProviders(source.store)) {
    const provider = `${driver}/${name}`;
    const instance = await source.readInstance(provider);
    if (instance !== undefined) await target.writeInstance(provider, instance);
    if (DRIVERS_OF_MACHINE.includes(driver)) left.push(name);
  }
  return left;
}

async function readProviders(store: CopyableStore): Promise<readonly ProviderEntry[]> {
  const found: ProviderEntry[] = [];
  const { documents } = await store.load();
  for await (const page of documents) {
    for (const stored of page) if (stored.kind === 'provider') found.push(stored.document);
    // They come in the order of their kinds, and providers first: a large world is not read once more.
    if (page.at(-1)?.kind !== 'provider') break;
  }
  return found;
}
