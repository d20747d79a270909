import type { Plant } from '../plant.ts';

/** Faults of replicas that share one world. */
export const CLUSTER_PLANTS: Readonly<Record<string, Plant>> = {
  fenceNotChecked: {
    about: 'writes what a keeper of an older term sends',
    breaks: ['one-writer', 'events-gapless'],
    isOfReplicas: true,
    writes: (real, disk) => (batch) => real.commit({ ...batch, term: disk.term }),
  },
  renewalAfterDeadline: {
    about: 'goes on deciding when the time of its term is over',
    breaks: ['decides-while-held', 'read-is-current'],
    isOfReplicas: true,
    tenure: (real) => ({ ...real, isHeld: () => true }),
  },
  unknownTakenForFailed: {
    about: 'takes a commit whose answer was lost for failed, and writes its changes again as new ones',
    breaks: ['events-gapless', 'one-holder'],
    isOfReplicas: true,
    forgetsNumbers: true,
  },
};
