import type { Batch, Store } from '../server/store/contract.ts';

/** A store that commits otherwise, and does everything else as the real one. */
export function withCommit(real: Store, commit: (batch: Batch) => Promise<void>): Store {
  return {
    commit,
    claim: () => real.claim(),
    load: () => real.load(),
    findEndedLease: (id) => real.findEndedLease(id),
    listEndedLeases: (query) => real.listEndedLeases(query),
    findRun: (id) => real.findRun(id),
    listRuns: (query) => real.listRuns(query),
    listTurnovers: (query) => real.listTurnovers(query),
    keepKeys: (keys) => real.keepKeys(keys),
    listKeys: () => real.listKeys(),
    listEvents: (query) => real.listEvents(query),
    prune: (input) => real.prune(input),
    runLog: real.runLog,
    backup: (path) => real.backup(path),
    [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
  };
}
