/** What is read of a run's log; see the contract of the store. */
export type { RunLogEntry } from '../store/run-log-contract.ts';
