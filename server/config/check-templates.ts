import type { InputFault } from '@poolkeeper/core';
import type { Provider } from '../providers/contract.ts';
import type { ConfigurationSpec } from '../schemas/configuration-spec.ts';

/**
 * What providers find wrong with the templates of their pools, as pointers into the configuration. A provider that nobody
 * knows finds nothing: the core speaks of it. Nothing wrong is an empty list.
 */
export function checkTemplates(
  { pools }: Pick<ConfigurationSpec, 'pools'>,
  findProvider: (name: string) => Pick<Provider, 'checkTemplate'> | undefined,
): InputFault[] {
  return pools.flatMap(({ spec }, index) => {
    const provider = spec.provider === undefined ? undefined : findProvider(spec.provider);
    const faults = provider?.checkTemplate(spec.template ?? null) ?? [];
    return faults.map(({ pointer, message }) => ({ pointer: `/pools/${index}/template${pointer}`, message }));
  });
}
