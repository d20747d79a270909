import { CREDENTIAL_PARTS } from '../model/credential.ts';
import type { Report } from './check-upkeeps.ts';
import type { World } from './world.ts';

/** C1: credentials are of a resource that is there, and there is something in them. C2: none is of an epoch that is yet to come. */
export function checkCredentials(world: World, report: Report): void {
  for (const credential of world.credentials.values()) {
    const { id } = credential;
    const resource = world.resources.get(id);
    const kept = CREDENTIAL_PARTS.flatMap((part) => credential[part] ?? []);
    if (resource === undefined) report('C1', `there are credentials of ${id}, which is not there`);
    else if (kept.some(({ epoch }) => epoch > resource.epoch))
      report('C2', `${id} has a credential of an epoch after its own, ${resource.epoch}`);
    if (kept.length === 0) report('C1', `the credentials of ${id} are empty`);
  }
}
