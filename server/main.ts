import type { Settings } from './config/environment.ts';
import type { DropIn } from './dialect-server.ts';
import { systemClock, systemElapsed, systemRandom, systemTimers } from './system-clock.ts';
import { serveAlone } from './wiring/alone.ts';
import { readPremises } from './wiring/ground.ts';
import type { Premises } from './wiring/ground.ts';
import type { Machine } from './wiring/machine.ts';
import type { RunningServer } from './wiring/running-server.ts';

export type { RunningServer } from './wiring/running-server.ts';

/** What this process really has. */
const MACHINE: Machine = {
  clock: systemClock,
  elapsed: systemElapsed,
  timers: systemTimers,
  random: systemRandom,
};

/**
 * Wires and starts one server, alone on its data directory or as one of several replicas on a database.
 *
 * `dropIn`: the servers of others that it stands in for too. `machine`: what differs from the real one, for tests.
 *
 * Errors: `ConfigurationError`, `StoreFailure`, and those of listening; of a drop-in also `CertificateFault`, `RealmFault`,
 * `CloudpoolStartError`, `BoskosConfigurationFault`, `BoskosStartError` and `AcctpoolStartError`. What was started by then is stopped
 * again.
 */
export async function startServer(
  settings: Settings,
  dropIn: DropIn = {},
  machine: Partial<Machine> = {},
): Promise<RunningServer> {
  const premises = await readPremises(settings, dropIn, { ...MACHINE, ...machine });
  const server = await serve(premises);
  let turn: Promise<unknown> = Promise.resolve();
  return {
    ...server,
    // One after another: the file that was read last is the one that holds.
    reload: () => {
      const reloaded = turn.catch(() => {}).then(() => server.reload());
      turn = reloaded;
      return reloaded;
    },
  };
}

async function serve(premises: Premises): Promise<RunningServer> {
  const { cluster } = premises.settings;
  if (cluster === null) return serveAlone(premises);
  // Only replicas pay for loading what speaks with a database and with each other.
  const { serveReplicated } = await import('./wiring/replicated.ts');
  return serveReplicated(premises, cluster);
}
