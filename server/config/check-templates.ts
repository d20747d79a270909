import type { InputFault } from '@poolkeeper/core';
import type { Provider } from '../providers/contract.ts';
import type { Configuration } from './configuration.ts';

/**
 * What providers find wrong with the templates of their pools, as pointers into the file; `Configuration.refuse` says
 * where they stand. Nothing wrong is an empty list.
 */
export function checkTemplates(
  configuration: Configuration,
  providers: ReadonlyMap<string, Pick<Provider, 'checkTemplate'>>,
): InputFault[] {
  return configuration.pools.flatMap(({ spec }, index) => {
    const provider = spec.provider === undefined ? undefined : providers.get(spec.provider);
    const faults = provider?.checkTemplate(spec.template ?? null) ?? [];
    return faults.map(({ pointer, message }) => ({ pointer: `/pools/${index}/template${pointer}`, message }));
  });
}
