import type { CreateRequest } from '../contract.ts';

/** What a process inherits of the server's environment. Everything else stays behind: it may be secret. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'];
const SEARCH_PATH_DEFAULT = '/usr/local/bin:/usr/bin:/bin';

/** The tag by which a process is found again, whatever became of its group: whose it is, and which resource. */
export const TAG_INSTANCE = 'POOLKEEPER_INSTANCE_ID';
export const TAG_RESOURCE = 'POOLKEEPER_RESOURCE_ID';

/** The environment of one process: little of ours, all of the template's, and who it is. */
export function processEnvironment(input: {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly template: Readonly<Record<string, string>>;
  readonly resource: CreateRequest['resource'];
  readonly instance: string;
  readonly port: number;
  readonly host: string;
  readonly configDirectory: string;
}): Record<string, string> {
  const environment: Record<string, string> = { PATH: SEARCH_PATH_DEFAULT };
  for (const name of INHERITED) {
    const value = input.inherited[name];
    if (value !== undefined && value !== '') environment[name] = value;
  }
  return {
    ...environment,
    ...input.template,
    PORT: String(input.port),
    HOST: input.host,
    POOLKEEPER_CONFIG_DIR: input.configDirectory,
    POOLKEEPER_RESOURCE_NAME: input.resource.name,
    POOLKEEPER_RESOURCE_POOL: input.resource.pool,
    [TAG_RESOURCE]: input.resource.id,
    [TAG_INSTANCE]: input.instance,
  };
}
