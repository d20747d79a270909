import type { Run } from '@poolkeeper/client';

type Facts = Pick<Run, 'id' | 'resource' | 'resourceName' | 'status' | 'step' | 'asks' | 'steps'>;

/** How a run stands, and what a person can do about it: one or two sentences. */
export function adviceOnRun({ id, resource, resourceName, status, step, asks, steps }: Facts): string {
  if (asks !== null) {
    return `It asks: "${asks}" Answer with "poolkeeper run approve ${id}" or "poolkeeper run deny ${id} --reason TEXT".`;
  }
  switch (status) {
    case 'running':
      return `Step ${step ?? 'none'} is under way; "poolkeeper run logs ${id} -f" follows what it puts out.`;
    case 'held':
      return (
        `${resourceName} is held${step === null ? '' : ` at step ${step}`}${why(steps)}. ` +
        `"poolkeeper run logs ${id}" shows what its steps put out, "poolkeeper resource explain ${resource}" what can be done.`
      );
    case 'failed':
      return `A step failed${why(steps)}. "poolkeeper run logs ${id}" shows what its steps put out.`;
    case 'passed':
      return 'Every step is done.';
    case 'dropped':
      return 'It was given up before its end: nobody wanted it any more.';
  }
}

function why(steps: Facts['steps']): string {
  const error = steps.findLast(({ report }) => report?.outcome === 'failed')?.report?.error ?? null;
  return error === null ? '' : `: ${error}`;
}
