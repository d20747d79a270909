import type { MachineState } from '@poolkeeper/core';

/** States in which a new machine may appear. */
export const BOOT_STATES = ['RUNNING', 'PENDING', 'REQUESTED'] as const;

/** What a person can turn on this cloud, while it runs. Durations are milliseconds. */
export type CloudSettings = {
  /** Every call of the API fails. */
  isDown: boolean;
  /** No machine can be started, or ended. */
  isStartFailing: boolean;
  isTerminateFailing: boolean;
  /** The state in which new machines appear; they stay in one that is not RUNNING until they are told otherwise. */
  bootState: MachineState & (typeof BOOT_STATES)[number];
  /** How long a new machine is PENDING before it runs, and an ending one TERMINATING before it is over. */
  bootTimeMs: number;
  endTimeMs: number;
  /** How late each answer of the API is. */
  latencyMs: number;
  /** Machines that may exist at once; null: as many as the cloud remembers. */
  quota: number | null;
  /** Calls a second of the API; null: any number. */
  throttlePerSecond: number | null;
};

/** A cloud without faults. */
export const CALM: Readonly<CloudSettings> = {
  isDown: false,
  isStartFailing: false,
  isTerminateFailing: false,
  bootState: 'RUNNING',
  bootTimeMs: 0,
  endTimeMs: 0,
  latencyMs: 0,
  quota: null,
  throttlePerSecond: null,
};

/** The longest time that may be set, in milliseconds. */
export const SETTING_MS_MAX = 10 * 60_000;
export const THROTTLE_MAX = 1_000_000;

/** What differs from a calm cloud, in words; nothing is an empty list. */
export function describeSettings(settings: Readonly<CloudSettings>): string[] {
  const { bootState, bootTimeMs, endTimeMs, latencyMs, quota, throttlePerSecond } = settings;
  return [
    settings.isDown && 'The cloud is down: every call of its API fails.',
    settings.isStartFailing && 'No machine can be started.',
    settings.isTerminateFailing && 'No machine can be ended.',
    bootState !== 'RUNNING' && `New machines stay ${bootState} until they are told otherwise.`,
    bootTimeMs > 0 && `New machines are PENDING for ${bootTimeMs} ms.`,
    endTimeMs > 0 && `Machines that end are TERMINATING for ${endTimeMs} ms.`,
    latencyMs > 0 && `Every answer is ${latencyMs} ms late.`,
    quota !== null && `At most ${quota} machines may exist.`,
    throttlePerSecond !== null && `At most ${throttlePerSecond} calls a second are taken.`,
  ].filter((line) => line !== false);
}
