import { newInstance } from '../providers/instance.ts';
import type { SharedStore } from '../store/shared-contract.ts';
import type { Random } from '../timers.ts';

/** Begins the names of shared texts that hold the name of the world for a provider, such as `instance/ec2/west`. */
export const SHARED_INSTANCE = 'instance/';

/** Names of this world at providers, made when they are first asked for and the same at every replica. Errors: those of the store. */
export function createSharedInstances(
  store: Pick<SharedStore, 'readShared' | 'writeShared'>,
  random: Random,
): (name: string) => Promise<string> {
  return async (provider) => {
    const name = `${SHARED_INSTANCE}${provider}`;
    return (
      (await store.readShared(name)) ??
      (await store.writeShared({ name, text: newInstance(random), before: undefined }))
    );
  };
}
