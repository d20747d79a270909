import { ID_PREFIX } from '@poolkeeper/core';
import type { Credential, CredentialPart, World } from '@poolkeeper/core';
import type { CredentialsPart } from './http/parts.ts';
import type { Keeper } from './keeper/contract.ts';
import { openLeaseCredentials } from './lease-credentials.ts';
import type { CredentialSeal, OpenCredential } from './seal/credential-seal.ts';
import { StepRefused } from './steps/contract.ts';
import type { StepCredentials } from './steps/contract.ts';
import type { Clock } from './timers.ts';

/**
 * The credentials of resources, for the steps that look after them: opened when asked for, and kept when a rotation made one.
 *
 * `keeper` is asked first when a step is: it may be handed over before it is there.
 */
export function createStepCredentials(input: {
  readonly keeper: () => Pick<Keeper, 'ask' | 'read'>;
  readonly seal: Pick<CredentialSeal, 'seal' | 'open'>;
  readonly clock: Clock;
}): StepCredentials {
  const { keeper, seal, clock } = input;
  return {
    open: async (resource) => {
      const credential = await keeper().read((world: World) => world.credentials.get(resource));
      const opened = (part: CredentialPart): OpenCredential | null =>
        openPart(seal, { resource, part, credential });
      return { management: opened('management'), current: opened('current'), pending: opened('pending') };
    },
    ageMs: async (resource) => {
      const changedAt = await keeper().read((world) => world.credentials.get(resource)?.changedAt);
      return changedAt === undefined ? Number.POSITIVE_INFINITY : clock.now() - changedAt;
    },
    keep: async ({ job, resource, part, values }) => {
      const { isKept } =
        part === 'current'
          ? await keeper().ask({
              type: 'keepCredential',
              job,
              part,
              sealed: seal.seal(resource, part, values),
            })
          : await keeper().ask({
              type: 'keepCredential',
              job,
              part,
              sealed: values === null ? null : seal.seal(resource, part, values),
            });
      if (isKept) return;
      throw new StepRefused(
        'The credential was not kept: nobody wants this step any more. The next rotation finds what it made.',
      );
    },
  };
}

/** The credentials of resources and leases, for the routes. `newId`: the world's own. */
export function createCredentialsPart(
  seal: CredentialSeal,
  newId: (prefix: string) => string,
): CredentialsPart {
  return {
    newResourceId: () => newId(ID_PREFIX.resource),
    seal: (resource, part, values) => seal.seal(resource, part, values),
    canOpen: (resource, part, sealed) => seal.canOpen(resource, part, sealed),
    ofLease: (world, lease, now) => {
      const shown = openLeaseCredentials(world, lease, { seal, now });
      return shown === null ? null : [...shown];
    },
  };
}

/** Errors: `StepRefused`, which names the resource and the part, and nothing of what is in it. */
function openPart(
  seal: Pick<CredentialSeal, 'open'>,
  {
    resource,
    part,
    credential,
  }: { resource: string; part: CredentialPart; credential: Credential | undefined },
): OpenCredential | null {
  const kept = credential?.[part] ?? null;
  if (kept === null) return null;
  try {
    return seal.open(resource, part, kept.sealed);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'the reason is not known';
    throw new StepRefused(
      `The ${part} credential of ${resource} cannot be opened: ${why}. Or set it anew with ` +
        `"poolkeeper resource set-credentials ${resource}"; then retry the step.`,
      { cause },
    );
  }
}
