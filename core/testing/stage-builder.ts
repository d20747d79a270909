import type { PoolSpec } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';
import type { StageSpec } from '../model/stage.ts';
import type { TakeByStage, TakenByStage } from '../stage/take-by-stage.ts';
import { stageOf } from '../stage/stage-of.ts';
import type { RegisteredStage } from '../stage/register-at-stage.ts';
import { TestWorld } from './world-builder.ts';

/** How long a place in a queue is kept by the requests of these tests, in milliseconds. */
export const ASK_WITHIN_MS = 30_000;

/** A world with one pool `proj` of type `project` whose members are handed over by stage, and words for what is done with it. */
export class StagedWorld extends TestWorld {
  /** Puts a pool whose members are handed over by stage; its type is its name. */
  stagedPool(name: string, stages: Partial<StageSpec> = {}, spec: Partial<PoolSpec> = {}): void {
    const full = { provider: 'hand', ...spec, stages: { type: name, initial: 'free', ...stages } };
    this.do({ type: 'putPool', name, merge: false, spec: full });
  }

  /** Registers a member; a stage is where it stands. */
  register(pool: string, name: string, stage: string | RegisteredStage = 'free'): Resource {
    const at = typeof stage === 'string' ? { name: stage } : stage;
    return this.do({ type: 'registerResource', pool, name, stage: at });
  }

  take(pool: string, more: Partial<TakeByStage> = {}): TakenByStage {
    const asked = { stage: 'free', dest: 'busy', holder: 'ann', request: null, askWithinMs: ASK_WITHIN_MS };
    return this.do({ type: 'takeByStage', pool, ...asked, ...more });
  }

  /** The name of the member that is taken; what is answered instead where none is. */
  taken(pool: string, more: Partial<TakeByStage> = {}): string {
    const answer = this.take(pool, more);
    return answer.result === 'taken' ? answer.resource.name : answer.result;
  }

  put(name: string, dest: string, holder = 'ann'): void {
    this.do({ type: 'putBack', name, dest, holder });
  }

  /** The member of this name; undefined where it is gone. */
  member(name: string): Resource | undefined {
    return this.world.resources.get(this.world.stagedByName.get(name) ?? '');
  }

  /** Where a member stands, and who has it: `busy ann`, or `gone`. */
  at(name: string): string {
    const member = this.member(name);
    if (member === undefined) return 'gone';
    const holder = this.world.leases.get(member.leaseId ?? '')?.holder;
    return holder === undefined ? stageOf(member) : `${stageOf(member)} ${holder}`;
  }
}
