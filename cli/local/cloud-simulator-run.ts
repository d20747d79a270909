import { startCloudSimulator } from '@poolkeeper/server';
import type { RunningSimulator } from '@poolkeeper/server';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printLine } from '../output.ts';

export type CloudSimulatorOptions = {
  readonly port: number;
  readonly host: string;
  /** Milliseconds. */
  readonly latency?: number;
  readonly bootTime?: number;
  readonly endTime?: number;
  readonly quota?: number;
  readonly throttle?: number;
};

/** Runs a cloud simulator until a signal ends it. Errors: `CliError` for what a person can mend. */
export async function runCloudSimulator(context: CliContext, options: CloudSimulatorOptions): Promise<void> {
  await using simulator = await start(options);
  const stopped = Promise.withResolvers<void>();
  context.onSignals(['SIGINT', 'SIGTERM'], () => stopped.resolve());
  printLine(context.stdout, `The cloud simulator listens at ${simulator.url}`);
  await stopped.promise;
}

async function start(options: CloudSimulatorOptions): Promise<RunningSimulator> {
  const { port, host, latency = 0, bootTime = 0, endTime = 0, quota = null, throttle = null } = options;
  const settings = {
    latencyMs: latency,
    bootTimeMs: bootTime,
    endTimeMs: endTime,
    quota,
    throttlePerSecond: throttle,
  };
  try {
    return await startCloudSimulator({ host, port, settings });
  } catch (error) {
    throw explainListening(error, options);
  }
}

function explainListening(error: unknown, { host, port }: CloudSimulatorOptions): unknown {
  const usage = (message: string, advice: string, exitCode: number = EXIT.usage): CliError =>
    new CliError(message, { advice, exitCode, cause: error });
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return usage(
        `Another program listens at ${host}:${port} already.`,
        'Choose another port with --port, such as --port 0 for any free one, or stop that program.',
        EXIT.conflict,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return usage(`This machine has no address ${host}.`, 'Choose another one with --host.');
    case 'EACCES':
      return usage(`This user may not listen at port ${port}.`, 'Choose a port from 1024 on with --port.');
    case 'ERR_SOCKET_BAD_PORT':
      return usage(`There is no port ${port}.`, 'Choose one from 0 to 65535 with --port.');
    default:
      return error;
  }
}
