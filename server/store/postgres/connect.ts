import { Socket } from 'node:net';
import { Client, types } from 'pg';
import type { ClientConfig } from 'pg';
import { StoreFailure } from '../contract.ts';
import type { CancelTimer, Timers } from '../../timers.ts';
import { ConnectionLost } from './failure.ts';
import type { Host, Target } from './target.ts';

/** How long one host is given to let us in. Milliseconds. */
const CONNECT_MS_MAX = 2_500;
/** The server itself ends what takes longer. */
const STATEMENT_MS_MAX = 30_000;
const LOCK_MS_MAX = 10_000;
/** A transaction that waits for us longer than this was forgotten: its reader is gone. */
const IDLE_TRANSACTION_MS_MAX = 60_000;
/** A dead peer is noticed by the system too, where nothing is asked of it. */
const KEEP_ALIVE_MS = 5_000;
const VERSION_MIN = 140_000;
const INT8 = 20;

/** An open connection to the host that takes writes. */
export type OpenClient = {
  readonly client: Client;
  /** Drops it without a goodbye: nothing that was asked on it is waited for. */
  readonly cut: () => void;
};

export type ConnectInput = {
  readonly target: Target;
  readonly timers: Timers;
  /** What `pg_stat_activity` calls it. */
  readonly name: string;
  /** Index of the host that is asked first. */
  readonly first: number;
};

/**
 * Connects to the first host that is no standby.
 *
 * Errors: what the last host said; a `StoreFailure` where all that answer are standbys, or it is too old.
 */
export async function connect(input: ConnectInput): Promise<OpenClient & { readonly host: number }> {
  const { hosts, name } = input.target;
  let standbys = 0;
  let failure: unknown;
  for (let turn = 0; turn < hosts.length; turn += 1) {
    const index = (input.first + turn) % hosts.length;
    try {
      const opened = await openHost(input, hosts[index] as Host);
      if (opened !== 'standby') return { ...opened, host: index };
      standbys += 1;
    } catch (error) {
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  throw new StoreFailure(
    `The database ${name} takes no writes: ${standbys === 1 ? 'it is a standby' : 'all of its hosts are standbys'}. Name the primary too, or promote one.`,
  );
}

async function openHost(input: ConnectInput, host: Host): Promise<OpenClient | 'standby'> {
  const { mode } = input.target.ssl;
  const isLocal = host.host.startsWith('/');
  if (mode === 'disable' || mode === 'allow' || isLocal) return await openOnce(input, host, false);
  try {
    return await openOnce(input, host, true);
  } catch (error) {
    const hasNoTls = error instanceof Error && error.message.includes('does not support SSL');
    if (mode === 'prefer' && hasNoTls) return await openOnce(input, host, false);
    throw error;
  }
}

async function openOnce(input: ConnectInput, host: Host, isTls: boolean): Promise<OpenClient | 'standby'> {
  const { target, timers } = input;
  const socket = new Socket();
  const client = new Client(configOf(input, host, { socket, isTls }));
  // What breaks while nothing is asked has nobody to tell; the next that is asked finds out.
  client.on('error', () => undefined);
  const cut = (): void => void socket.destroy();
  let cancel: CancelTimer = () => undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      cancel = timers.set(CONNECT_MS_MAX, () => {
        reject(new ConnectionLost(`${host.host}:${host.port} did not let us in within ${CONNECT_MS_MAX} ms`));
        cut();
      });
    });
    const isStandby = await Promise.race([
      client.connect().then(() => prepareSession(client, target.name)),
      late,
    ]);
    if (!isStandby) return { client, cut };
    cut();
    return 'standby';
  } catch (error) {
    cut();
    throw error;
  } finally {
    cancel();
  }
}

function configOf(
  { target, name }: ConnectInput,
  { host, port }: Host,
  { socket, isTls }: { socket: Socket; isTls: boolean },
): ClientConfig {
  return {
    host,
    port,
    user: target.user,
    database: target.database,
    ...(target.password === undefined ? {} : { password: target.password }),
    ssl: isTls ? target.ssl.options : false,
    application_name: name,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    stream: () => socket,
    types: {
      // Everything that is counted here stays far below 2^53.
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === INT8 ? Number : types.getTypeParser(oid, format),
    } as NonNullable<ClientConfig['types']>,
  };
}

/** Answers whether it is a standby. What a fence waited for is seen after the wait: that is so when each statement sees what is committed. */
async function prepareSession(client: Client, name: string): Promise<boolean> {
  await client.query(
    `set statement_timeout = ${STATEMENT_MS_MAX}; set lock_timeout = ${LOCK_MS_MAX};
     set idle_in_transaction_session_timeout = ${IDLE_TRANSACTION_MS_MAX}; set client_encoding = 'UTF8';
     set default_transaction_isolation = 'read committed'`,
  );
  const { rows } = await client.query<Record<string, unknown>>(
    `select pg_is_in_recovery() as is_standby, current_setting('server_version_num')::int as version,
       current_setting('server_encoding') as encoding,
       case when current_setting('synchronous_commit') in ('off', 'local', 'remote_write')
         then set_config('synchronous_commit', 'on', false) end`,
  );
  const { is_standby: isStandby, version, encoding } = rows[0] ?? {};
  if (Number(version) < VERSION_MIN) {
    throw new StoreFailure(
      `The database ${name} is older than PostgreSQL ${VERSION_MIN / 10_000}. Upgrade it.`,
    );
  }
  if (encoding !== 'UTF8') {
    throw new StoreFailure(
      `The database ${name} is encoded in ${String(encoding)}. Create one with encoding UTF8.`,
    );
  }
  return isStandby === true;
}
