import { Refusal } from '../errors.ts';

export function noSuchMachine(pool: string, machine: string): Refusal {
  return new Refusal(
    'machine_not_found',
    `Machine ${machine} is not a member of pool "${pool}". Look at its members, then name one as it is listed.`,
  );
}

export function busyWith(machine: string, why: string): Refusal {
  return new Refusal('machine_busy', `Machine ${machine} cannot be changed now: ${why}. Ask again later.`);
}
