import { hostname } from 'node:os';
import type { Json, JsonObject } from '@poolkeeper/core';
import type { CloudDriver } from '../cloud-driver.ts';

/** Members that go into the options of the provider and into the template of the pool; others are passed over. */
const OPTIONS = ['baseDirectory', 'ports'];
const TEMPLATE_MEMBERS = ['command', 'env', 'ready', 'readyTimeout', 'stopTimeout'];
const PORT_MIN = 1_024;
const PORT_MAX = 65_535;

/**
 * Processes of this machine in the place of machines. `cloudApiSettings`: `{baseDirectory?, ports?}`; `provisioningTemplate`:
 * `{command, env?, ready?, readyTimeout?, stopTimeout?}`, as a pool of processes has them.
 */
export const processCloudDriver: CloudDriver = {
  driver: 'process',
  check: ({ cloudApiSettings, provisioningTemplate }) => [
    ...settingsFaults(cloudApiSettings),
    ...templateFaults(provisioningTemplate),
  ],
  providerOptions: ({ cloudApiSettings }) => pick(cloudApiSettings, OPTIONS),
  template: ({ provisioningTemplate }) => pick(provisioningTemplate, TEMPLATE_MEMBERS),
  place: { cloudProvider: 'Process', region: hostname(), machineSize: 'process' },
};

function pick(from: JsonObject, names: readonly string[]): JsonObject {
  const known = Object.entries(from).filter(([name, value]) => names.includes(name) && value !== null);
  return Object.fromEntries(known);
}

function settingsFaults({ baseDirectory = null, ports = null }: JsonObject): string[] {
  const isDirectory = baseDirectory === null || (typeof baseDirectory === 'string' && baseDirectory !== '');
  return [
    ...(isDirectory ? [] : ['cloudApiSettings.baseDirectory: must be the path of a folder']),
    ...(ports === null || isPortRange(ports)
      ? []
      : [`cloudApiSettings.ports: must be {"from", "to"}, ports from ${PORT_MIN} to ${PORT_MAX}`]),
  ];
}

function isPortRange(value: Json): boolean {
  if (!isObject(value) || Object.keys(value).length !== 2) return false;
  const { from, to } = value;
  return isPort(from) && isPort(to) && from <= to;
}

function isPort(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= PORT_MIN && value <= PORT_MAX;
}

/** What the members mean in detail is the provider's to check, when the pool is made. */
function templateFaults(template: JsonObject): string[] {
  const { command = null, env = null, ready = null, readyTimeout = null, stopTimeout = null } = template;
  const isCommand = Array.isArray(command) && command.length > 0 && command.every(isText);
  const isEnvironment = env === null || (isObject(env) && Object.values(env).every(isText));
  return [
    ...(command === null ? ['provisioningTemplate.command: missing'] : []),
    ...(command === null || isCommand ? [] : ['provisioningTemplate.command: must be a list of texts']),
    ...(isEnvironment ? [] : ['provisioningTemplate.env: must be an object of texts by name']),
    ...(ready === null || isObject(ready) ? [] : ['provisioningTemplate.ready: must be an object']),
    ...Object.entries({ readyTimeout, stopTimeout }).flatMap(([name, value]) =>
      value === null || isText(value)
        ? []
        : [`provisioningTemplate.${name}: must be a duration such as "30s"`],
    ),
  ];
}

function isText(value: Json): boolean {
  return typeof value === 'string';
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
