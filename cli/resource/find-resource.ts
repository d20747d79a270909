import type { Poolkeeper } from '@poolkeeper/client';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

/** Every id of a resource begins so; no rule keeps a name from doing that too, so a pool beside it decides. */
const ID_PREFIX = 'res_';

export const poolOfName = ['--pool <pool>', 'the pool in which the name is meant'] as const;

/**
 * The id of a resource that was named by its id, or by its name beside its pool.
 *
 * Errors: `CliError` where there is none of that name, or a name has no pool beside it.
 */
export async function findResourceId(
  client: Poolkeeper,
  reference: string,
  pool: string | undefined,
): Promise<string> {
  if (pool === undefined) {
    if (reference.startsWith(ID_PREFIX)) return reference;
    throw new CliError(`"${reference}" is not the id of a resource.`, {
      advice: 'Say its pool too, then a name will do: --pool POOL. "poolkeeper resource list" shows both.',
      exitCode: EXIT.usage,
    });
  }
  for await (const { id, name } of client.resources.list({ pool })) {
    if (name === reference || id === reference) return id;
  }
  throw new CliError(`Pool "${pool}" has no resource "${reference}".`, {
    advice: `See those it has with "poolkeeper resource list --pool ${pool}".`,
    exitCode: EXIT.notFound,
  });
}
