import type { CreateRequest } from '../contract.ts';
import { inheritEnvironment } from '../../programs/inherited-environment.ts';

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
  return {
    ...inheritEnvironment(input.inherited),
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
