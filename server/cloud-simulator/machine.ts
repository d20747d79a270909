import type { MachineState } from '@poolkeeper/core';

/** How many machines the cloud remembers, those that ended and are still listed among them. */
export const MACHINES_MAX = 100_000;
/** How long a machine that ended is still listed, as in real clouds. Milliseconds. */
export const ENDED_LISTED_MS = 5 * 60_000;
export const TAGS_MAX = 32;
export const TAG_NAME_LENGTH_MAX = 128;
export const TAG_VALUE_LENGTH_MAX = 256;
/** Free text of a creation: size, region, client token. Characters. */
export const TEXT_LENGTH_MAX = 256;

export type Tags = Readonly<Record<string, string>>;

/** A machine of the cloud. Immutable: a change is a new value. Instants are milliseconds UTC. */
export type Machine = {
  /** Rises with each machine; lists are in this order. */
  readonly sequence: number;
  readonly id: string;
  readonly clientToken: string | null;
  readonly state: MachineState;
  /** The state that it enters by itself, and when: up after booting, over after ending. */
  readonly move: { readonly to: MachineState; readonly at: number } | null;
  readonly launchedAt: number | null;
  /** When it was over; null while it is not. */
  readonly endedAt: number | null;
  readonly size: string;
  readonly region: string;
  readonly tags: Tags;
};

/** A machine as the API shows it. */
export type MachineView = {
  readonly id: string;
  readonly state: MachineState;
  readonly launchTime: string | null;
  readonly size: string;
  readonly region: string;
  readonly tags: Tags;
  readonly publicAddresses: readonly string[];
  readonly privateAddresses: readonly string[];
};

export function viewOf(machine: Machine): MachineView {
  const { id, state, launchedAt, size, region, tags } = machine;
  const isUp = state === 'RUNNING';
  return {
    id,
    state,
    launchTime: launchedAt === null ? null : new Date(launchedAt).toISOString(),
    size,
    region,
    tags,
    publicAddresses: isUp ? [publicAddressOf(machine)] : [],
    privateAddresses: isUp ? [privateAddressOf(machine)] : [],
  };
}

/** In 198.18.0.0/15, which RFC 2544 sets aside for tests: nobody answers there. */
function publicAddressOf({ sequence }: Machine): string {
  const host = sequence % 2 ** 17;
  return `198.${18 + (host >> 16)}.${(host >> 8) & 255}.${host & 255}`;
}

function privateAddressOf({ sequence }: Machine): string {
  return `10.${(sequence >> 16) & 255}.${(sequence >> 8) & 255}.${sequence & 255}`;
}
