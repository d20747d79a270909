/**
 * The words of the core without its rules: what a client of the API has to know of them. A command that only asks a server
 * starts in half the time without the rules.
 */
export { formatDuration, parseDuration } from './duration.ts';
export { ERRORS } from './errors.ts';
export { EVENT_TYPES } from './model/event.ts';
export { LEASE_STATUSES } from './model/lease.ts';
export { LEDGER_STATES } from './model/ledger.ts';
export { RESOURCE_STATUSES } from './model/resource.ts';
export { RUN_STATUSES } from './model/run.ts';
export { ROLES } from './model/token.ts';
export { ROOT_POOL } from './pool/pool-tree.ts';
