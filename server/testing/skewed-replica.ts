import { once } from 'node:events';
import { argv, cwd, env, stdout } from 'node:process';
import { readSettings } from '../config/environment.ts';
import { startServer } from '../main.ts';
import { systemClock } from '../system-clock.ts';

/**
 * A real server on a machine whose clock is wrong: `node server/testing/skewed-replica.ts SKEW_MS`. Everything else it takes from the
 * variables of `poolkeeper serve`. It says its address, and ends with SIGTERM as the command does.
 */
const skewMs = Number(argv[2]);
const settings = readSettings({ flags: {}, environment: env, workingDirectory: cwd() });
const server = await startServer(settings, {}, { clock: { now: () => systemClock.now() + skewMs } });
stdout.write(`Poolkeeper listens at ${server.url}\n`);
await once(process, 'SIGTERM');
await server[Symbol.asyncDispose]();
