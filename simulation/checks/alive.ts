import type { Batch } from '../../server/store/contract.ts';
import type { Scene } from '../scene.ts';

/**
 * Compares what a commit calls missing with what is outside: a thing that is there and well was there at the look, too.
 *
 * Not where things end with the server and are made again: there a look may fall between.
 */
export function checkAlive(
  { mirror, places, report }: Pick<Scene, 'mirror' | 'places' | 'report'>,
  batch: Batch,
): void {
  for (const { type, resource: id, data, seq } of batch.events) {
    if (type !== 'resource.observed' || data['missing'] !== true || id === null) continue;
    const resource = mirror.documents.resource.get(id);
    const place = places.get(resource?.provider ?? '');
    const thing = place?.outside.things.get(id);
    const isSettled = resource?.status === 'free' || resource?.status === 'leased';
    if (isSettled && place?.endsWithServer === false && thing?.state === 'alive' && thing.goneAt === null) {
      report('alive-not-given-up', `${id} is called missing (event ${seq}), and ${thing.externalId} is well`);
    }
  }
}
