import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { markUnfinished, markWhole, requireWholeWorld } from './migrate-marker.ts';
import { TermHold } from './migrate-hold.ts';
import { createSharedKeyVault } from './seal/shared-key-vault.ts';
import { createKeyFileVault } from './seal/signing-key-file.ts';
import type { KeyVault } from './seal/signing-key-file.ts';
import type { SecretBox } from './seal/secret-box.ts';
import { StoreFailure } from './store/contract.ts';
import type { CopyableStore } from './store/contract.ts';
import type { ReplicaCard, SharedStore } from './store/shared-contract.ts';
import { DATABASE_FILE, DIRECTORY_MODE, FILE_MODE, moveDurably } from './store/sqlite/backup.ts';
import { lockDirectory } from './store/sqlite/directory-lock.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Timers } from './timers.ts';

/** Where an unfinished target is built, in its folder: no server takes it for a store. */
const SCRATCH = 'migration-unfinished';

/** One side of a move: a store that nobody else uses meanwhile, and what belongs to its world beside it. */
export type WorldPlace = AsyncDisposable & {
  readonly store: CopyableStore;
  readonly openVault: (box: SecretBox) => KeyVault;
  /** By what name things at a provider are this world's; undefined where it has none yet. */
  readonly readInstance: (provider: string) => Promise<string | undefined>;
};
export type SourcePlace = WorldPlace & {
  /** Errors: `StoreFailure` where somebody may have changed it while it was read. */
  readonly requireUnchanged: () => Promise<void>;
};
export type TargetPlace = WorldPlace & {
  /** The term under which it is written. */
  readonly term: number;
  readonly writeInstance: (provider: string, instance: string) => Promise<void>;
  /** Everything is there: it may be served from now on. Nothing may be written to `store` any more. */
  readonly finish: () => Promise<void>;
};

/** A database that several processes share, opened by whoever moves a world. */
export type OpenDatabase = {
  readonly store: SharedStore & CopyableStore;
  readonly replica: ReplicaCard;
  readonly timers: Timers;
};

/** Errors: `StoreFailure` where the folder has no store, or a server uses it. */
export async function openSourceFolder(directory: string): Promise<SourcePlace> {
  if (!existsSync(join(directory, DATABASE_FILE))) {
    throw new StoreFailure(
      `The data directory ${directory} has no store. Name the folder that a server was run with.`,
    );
  }
  const store = await openSqliteStore({ directory });
  return {
    store,
    ...besideFolder(directory),
    // The lock of the directory is held.
    requireUnchanged: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** What an earlier move left unfinished is begun anew. Errors: `StoreFailure` where the folder has a store, or is in use. */
export async function openTargetFolder(directory: string): Promise<TargetPlace> {
  await using stack = new AsyncDisposableStack();
  mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  stack.use(lockDirectory(directory));
  const target = join(directory, DATABASE_FILE);
  if (existsSync(target)) {
    throw new StoreFailure(
      `The data directory ${directory} has a store already. Name one that has none, so that nothing is written over.`,
    );
  }
  const scratch = join(directory, SCRATCH);
  rmSync(scratch, { recursive: true, force: true });
  stack.defer(() => rmSync(scratch, { recursive: true, force: true }));
  const store = stack.use(await openSqliteStore({ directory: scratch }));
  const term = await store.claim();
  const moved = stack.move();
  return {
    store,
    term,
    ...besideFolder(directory),
    writeInstance: async (provider, instance) => {
      const path = instancePath(directory, provider);
      mkdirSync(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
      writeFileSync(path, `${instance}\n`, { mode: FILE_MODE });
    },
    finish: async () => {
      await store[Symbol.asyncDispose]();
      moveDurably(join(scratch, DATABASE_FILE), target);
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** Errors: `StoreFailure` where a replica runs on it, a halt stands, or an earlier move into it was not finished. */
export async function openSourceDatabase({ store, replica, timers }: OpenDatabase): Promise<SourcePlace> {
  await requireWholeWorld(store);
  const hold = await TermHold.take(store, { replica, timers });
  const { batch } = await store.findLeadership();
  return {
    store,
    ...besideDatabase(store),
    requireUnchanged: async () => {
      await hold.requireHeld();
      if ((await store.findLeadership()).batch === batch) return;
      throw new StoreFailure(
        'The source was written to while it was read. Stop every server and begin again.',
      );
    },
    [Symbol.asyncDispose]: () => hold[Symbol.asyncDispose](),
  };
}

/** Errors: as `openSourceDatabase`. */
export async function openTargetDatabase({ store, replica, timers }: OpenDatabase): Promise<TargetPlace> {
  await requireWholeWorld(store);
  const hold = await TermHold.take(store, { replica, timers });
  return {
    store,
    term: hold.term,
    ...besideDatabase(store),
    writeInstance: async (provider, text) => {
      const name = sharedInstanceName(provider);
      await store.writeShared({ name, text, before: await store.readShared(name) });
    },
    finish: async () => {
      await hold.requireHeld();
      await markWhole(store);
    },
    [Symbol.asyncDispose]: () => hold[Symbol.asyncDispose](),
  };
}

/** Has a database say that it is being filled, until `finish`. Of a folder nothing has to be said: it has no store until then. */
export async function beginFilling(place: TargetPlace, database: OpenDatabase | undefined): Promise<void> {
  if (database?.store === place.store) await markUnfinished(database.store);
}

function besideFolder(directory: string): Pick<WorldPlace, 'openVault' | 'readInstance'> {
  return {
    openVault: () => createKeyFileVault(directory),
    readInstance: async (provider) => {
      const path = instancePath(directory, provider);
      return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
    },
  };
}

function besideDatabase(store: SharedStore): Pick<WorldPlace, 'openVault' | 'readInstance'> {
  return {
    openVault: (box) => createSharedKeyVault(store, box),
    readInstance: (provider) => store.readShared(sharedInstanceName(provider)),
  };
}

/** `provider` is its driver and its name: `ec2/west`. */
function instancePath(directory: string, provider: string): string {
  return join(directory, ...provider.split('/'), 'instance');
}

function sharedInstanceName(provider: string): string {
  return `instance/${provider}`;
}
