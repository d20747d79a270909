import type { Command } from 'commander';
import { durationMs, wholeNumber } from '../option-values.ts';
import type { Runtime } from '../runtime.ts';
import type { CloudSimulatorOptions } from './cloud-simulator-run.ts';

const PORT_DEFAULT = 9_100;

const HELP = `
A provider of driver "simulated" uses it: { name: cloud, driver: simulated, url: "http://127.0.0.1:${PORT_DEFAULT}" }.
GET / of that address says what goes on and what can be done to the cloud. It forgets everything when it ends.`;

/** `poolkeeper cloud-simulator` */
export function addCloudSimulatorCommand(program: Command, runtime: Runtime): void {
  program
    .command('cloud-simulator')
    .description('run a cloud without real machines, to try things out')
    .option('--port <port>', '0 for any free one', wholeNumber(0), PORT_DEFAULT)
    .option('--host <host>', 'address to listen at', '127.0.0.1')
    .option('--latency <duration>', 'how late each answer is, such as 200ms', durationMs)
    .option('--boot-time <duration>', 'how long new machines are PENDING', durationMs)
    .option('--end-time <duration>', 'how long machines that end are TERMINATING', durationMs)
    .option('--quota <machines>', 'machines that may exist at once', wholeNumber(0))
    .option('--throttle <calls>', 'calls a second that are taken', wholeNumber(1))
    .addHelpText('after', HELP)
    .action(async (options: CloudSimulatorOptions) => {
      // Only this command pays for loading the simulator.
      const { runCloudSimulator } = await import('./cloud-simulator-run.ts');
      await runCloudSimulator(runtime.context, options);
    });
}
