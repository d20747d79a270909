import { createServer } from 'node:net';
import { ProviderExhausted } from '../contract.ts';
import type { Random } from '../../timers.ts';

export type PortRange = { readonly from: number; readonly to: number };

/** Below the range from which Linux takes the local ports of outgoing connections, so none of those is in the way. */
export const PORT_RANGE_DEFAULT: PortRange = { from: 20_000, to: 29_999 };

const TRIES_MAX = 200;

/**
 * A port that nobody listens on, and that none of ours was given.
 *
 * Another program may still take it before our process does; that one then fails to start, and the next attempt is
 * given another port.
 *
 * Errors: `ProviderExhausted` when none is found.
 */
export async function chooseFreePort(input: {
  readonly host: string;
  readonly range: PortRange;
  readonly taken: ReadonlySet<number>;
  readonly random: Random;
  /** Taken when it is free: the port that a suspended process had. */
  readonly preferred?: number | undefined;
}): Promise<number> {
  const { host, range, taken, random, preferred } = input;
  if (preferred !== undefined && !taken.has(preferred) && (await isFree(host, preferred))) return preferred;
  const size = range.to - range.from + 1;
  const first = Math.floor(random() * size);
  for (let step = 0; step < Math.min(size, TRIES_MAX + taken.size); step += 1) {
    const port = range.from + ((first + step) % size);
    if (!taken.has(port) && (await isFree(host, port))) return port;
  }
  throw new ProviderExhausted(`No free port was found from ${range.from} to ${range.to}.`);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
