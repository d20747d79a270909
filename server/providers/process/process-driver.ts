import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { platform } from 'node:process';
import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { unknownOptions } from '../driver.ts';
import type { DriverDefinition, OpenInput } from '../driver.ts';
import { requireInstance } from '../instance.ts';
import { PORT_RANGE_DEFAULT } from './free-port.ts';
import type { PortRange } from './free-port.ts';
import { ProcessProvider } from './process-provider.ts';
import { ProcessTable } from './process-table.ts';

const OPTIONS = ['baseDirectory', 'ports', 'stopOnDispose'];
const PORT_MIN = 1_024;
const PORT_MAX = 65_535;
const PRIVATE_FOLDER_MODE = 0o700;

/**
 * Real processes of this machine, in `<data>/processes/<provider>/<resource id>/`: `work` is a process's working
 * directory, `output.log` what it writes (cut at 1 MiB), `record.json` and `leader` by what it is found again.
 *
 * A process is given `PORT` and `HOST` to listen on, `POOLKEEPER_RESOURCE_ID`, `_NAME`, `_POOL`, `POOLKEEPER_CONFIG_DIR`
 * (the folder of the configuration file), the `env` of its template, and little of the server's environment. Arguments
 * that name a file under `baseDirectory` are made absolute; nothing goes through a shell.
 *
 * Options:
 * - `baseDirectory`: where programs and files of a command are; default is the folder of the configuration file, and a
 *   relative one starts there.
 * - `ports`: `{from, to}`, from which `PORT` is taken; default 20000 to 29999.
 * - `stopOnDispose`: end all processes when the server stops, and start them again with it; default false: they live on
 *   and are taken up again.
 */
export const processDriver: DriverDefinition = { driver: 'process', checkOptions, open };

function checkOptions(options: JsonObject): readonly InputFault[] {
  const faults = unknownOptions(options, OPTIONS);
  const { baseDirectory, ports, stopOnDispose } = options;
  if (baseDirectory !== undefined && (typeof baseDirectory !== 'string' || baseDirectory === '')) {
    faults.push({ pointer: '/baseDirectory', message: 'The path of a folder is needed.' });
  }
  if (stopOnDispose !== undefined && typeof stopOnDispose !== 'boolean') {
    faults.push({ pointer: '/stopOnDispose', message: 'Either true or false is needed.' });
  }
  if (ports !== undefined && !isPortRange(ports)) {
    const message = `An object {from, to} of ports between ${PORT_MIN} and ${PORT_MAX} is needed.`;
    faults.push({ pointer: '/ports', message });
  }
  return faults;
}

function isPortRange(value: Json): value is PortRange {
  if (value === null || typeof value !== 'object') return false;
  const { from, to, ...others } = value as JsonObject;
  if (typeof from !== 'number' || typeof to !== 'number') return false;
  if (!Number.isInteger(from) || !Number.isInteger(to)) return false;
  return Object.keys(others).length === 0 && PORT_MIN <= from && from <= to && to <= PORT_MAX;
}

async function open({ name, options, context }: OpenInput): Promise<ProcessProvider> {
  if (platform !== 'linux') {
    throw new Error(
      `Provider ${name}: the driver "process" needs Linux, whose /proc proves which process is which; this is ${platform}.`,
    );
  }
  const root = join(context.dataDirectory, 'processes', name);
  await mkdir(root, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  const instance = await requireInstance(root, context.random);
  const { baseDirectory, ports, stopOnDispose } = options;
  return ProcessProvider.open({
    ...context,
    name,
    root,
    instance,
    baseDirectory: resolve(context.configDirectory, typeof baseDirectory === 'string' ? baseDirectory : '.'),
    ports: ports !== undefined && isPortRange(ports) ? ports : PORT_RANGE_DEFAULT,
    stopOnDispose: stopOnDispose === true,
    table: new ProcessTable(instance),
  });
}
