import type { Resource } from '@poolkeeper/client';

type Facts = Pick<Resource, 'id' | 'status' | 'hold' | 'actions' | 'lease' | 'liveness' | 'run'>;

/** What a person can do about how a resource stands: one sentence. */
export function adviceOnResource({ id, status, hold, actions, lease, liveness, run }: Facts): string {
  const command = (verb: string, more = ''): string => `"poolkeeper resource ${verb} ${id}${more}"`;
  if (hold !== null && status === 'free') {
    return `Put right what the probe finds; ${command('retry')} lends it before that, and ${command('retire')} gives it up.`;
  }
  if (hold !== null) {
    const skip = actions.includes('skip')
      ? `, ${command('skip', ' --reason TEXT')} says that it is done,`
      : '';
    return `Nothing goes on by itself: ${command('retry')} tries again${skip} and ${command('retire')} gives it up.`;
  }
  if (run !== null) {
    return `"poolkeeper run logs -f ${run}" shows what is done; ${command('hold')} stops the work on it for you to look.`;
  }
  switch (status) {
    case 'quarantined':
      return `Look at it; ${command('retry')} takes it back into service, ${command('retire')} gives it up.`;
    case 'leased':
      return `It comes back when its lease ends: "poolkeeper lease show ${lease ?? 'LEASE'}".`;
    case 'requested':
    case 'entering':
    case 'exiting':
      return `Wait; ${command('hold')} stops the work on it for you to look.`;
    case 'free':
      return liveness === 'UNHEALTHY'
        ? `It does not look healthy: ${command('quarantine')} sets it aside, ${command('retire')} gives it up.`
        : 'There is nothing to do.';
    case 'preparing':
    case 'cleaning':
    case 'standby':
    case 'gone':
      return 'There is nothing to do.';
  }
}
