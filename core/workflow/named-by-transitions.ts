import { TRANSITIONS } from '../model/transition.ts';
import type { ReleaseSpec, Transition, Transitions } from '../model/transition.ts';

/** One name in the transitions of a pool: what it names, and where it stands (RFC 6901, from the transitions). */
export type TransitionName = {
  readonly kind: 'workflow' | 'profile';
  readonly name: string;
  readonly transition: Transition;
  readonly pointer: string;
};

/** Every workflow and profile that transitions name, in their order. */
export function namesOf(on: Transitions): TransitionName[] {
  return TRANSITIONS.flatMap((transition) => {
    const {
      workflow,
      clean,
      verify,
      addProfiles = [],
      removeProfiles = [],
    }: ReleaseSpec = on[transition] ?? {};
    const named = (kind: TransitionName['kind'], name: string, member: string): TransitionName => ({
      kind,
      name,
      transition,
      pointer: `/${transition}/${member}`,
    });
    const workflows = Object.entries({ workflow, clean, verify }).flatMap(([member, name]) =>
      name === undefined ? [] : [named('workflow', name, member)],
    );
    return [
      ...workflows,
      ...addProfiles.map((name, index) => named('profile', name, `addProfiles/${index}`)),
      ...removeProfiles.map((name, index) => named('profile', name, `removeProfiles/${index}`)),
    ];
  });
}
