import { SERVICE_STATES } from '@poolkeeper/core';
import type { Json, JsonObject, Membership, ServiceState } from '@poolkeeper/core';
import { CloudPoolError } from './errors.ts';

/** Clients count machines in 32 bits. */
const WHOLE_MAX = 2_147_483_647;
/** Characters of a machine id: names of resources in clouds are long, and not longer. */
const MACHINE_ID_LENGTH_MAX = 2_048;

/** A count of machines. It is never guessed: a size that was misread empties a pool. Errors: `invalid`. */
export function readWholeNumber(body: JsonObject, member: string): number {
  const value = body[member];
  if (typeof value !== 'number' || !Number.isInteger(value) || value > WHOLE_MAX) {
    throw wrong(member, `a whole number from 0 to ${WHOLE_MAX}`, value);
  }
  if (value < 0) throw new CloudPoolError('invalid', 'negative desired pool size');
  return value;
}

/** Errors: `invalid`. */
export function readMachineId(body: JsonObject): string {
  const value = body['machineId'];
  if (typeof value === 'string' && value !== '' && value.length <= MACHINE_ID_LENGTH_MAX) return value;
  throw wrong('machineId', 'the id of a machine, as the pool lists it', value);
}

/** Left out, or null: no. Errors: `invalid`. */
export function readFlag(body: JsonObject, member: string): boolean {
  const value = body[member] ?? false;
  if (typeof value === 'boolean') return value;
  throw wrong(member, 'true or false', value);
}

/** Errors: `invalid`. */
export function readServiceState(body: JsonObject): ServiceState {
  const value = body['serviceState'];
  const state = SERVICE_STATES.find((known) => known === value);
  if (state === undefined) throw wrong('serviceState', `one of ${SERVICE_STATES.join(', ')}`, value);
  return state;
}

/** What is left out inside of it is true. Errors: `invalid`. */
export function readMembership(body: JsonObject): Membership {
  const value = body['membershipStatus'];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw wrong('membershipStatus', 'an object with active and evictable', value);
  }
  const { active = true, evictable = true } = value as JsonObject;
  if (typeof active !== 'boolean') throw wrong('membershipStatus.active', 'true or false', active);
  if (typeof evictable !== 'boolean') throw wrong('membershipStatus.evictable', 'true or false', evictable);
  return { active, evictable };
}

function wrong(member: string, expected: string, value: Json | undefined): CloudPoolError {
  const got = value === undefined ? 'it is missing' : `it is ${shown(value)}`;
  return new CloudPoolError('invalid', `${member}: has to be ${expected}; ${got}`);
}

/** Characters of a value that a message repeats. */
const SHOWN_LENGTH_MAX = 60;

function shown(value: Json): string {
  return JSON.stringify(value).slice(0, SHOWN_LENGTH_MAX);
}
