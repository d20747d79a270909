import type { FastifyInstance } from 'fastify';
import type { BoskosSettings } from './config/boskos-settings.ts';
import type { AcctpoolSettings } from './config/acctpool-settings.ts';
import type { CloudpoolSettings } from './config/cloudpool-settings.ts';
import type { Listen } from './config/setting-values.ts';
import { ConnectionDrain } from './http/connection-drain.ts';
import { sleep } from './timers.ts';
import type { Timers } from './timers.ts';

/** The servers of others that a server can stand in for. */
export type DropIn = {
  readonly cloudpool?: CloudpoolSettings;
  readonly boskos?: BoskosSettings;
  readonly acctpool?: AcctpoolSettings;
};

/** Where each dialect has listeners of its own. */
export type DialectUrls = Readonly<Record<keyof DropIn, readonly string[]>>;

/** A dialect as one server has it. Disposing answers what is under way and closes its listeners. */
export type DialectServer = AsyncDisposable & {
  /** Brings what is served to where the options want it; the keeper takes commands by then. */
  boot(): Promise<void>;
  /** Opens its listeners and answers their addresses. Errors: those of listening. */
  listen(): Promise<readonly string[]>;
};

/**
 * An application of a dialect that somebody else listens for: a replica, which hands requests over to whoever keeps the world. It is
 * closed by the server that made it.
 */
export type FrontedApp = {
  /** The same at every replica: requests are handed over to the application of this name. */
  readonly name: string;
  readonly listen: Listen;
  readonly app: FastifyInstance;
};

export type Listener = {
  readonly listen: Listen;
  /** Does it speak TLS? */
  readonly isSecure: boolean;
  readonly timers: Timers;
  /** How long a listener that stops still takes what was on its way to it, in milliseconds. */
  readonly lingerMs: number;
};

/**
 * Has an application listen at an address of its own, so that it comes to its end when it is closed. Answers the address.
 *
 * Errors: those of listening.
 */
export async function openListener(
  app: FastifyInstance,
  { listen, isSecure, timers, lingerMs }: Listener,
): Promise<string> {
  const drain = new ConnectionDrain(app.server, timers);
  app.addHook('preClose', async () => {
    await sleep(timers, lingerMs);
    await drain.begin();
  });
  const address = await app.listen(listen);
  return isSecure ? address.replace(/^http:/, 'https:') : address;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/** Can nobody but this machine reach it? */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}
