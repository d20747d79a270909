import { compareText } from './sorted-list.ts';

/** Something that is due by itself at an instant. */
export type Deadline = {
  readonly at: number;
  /** `warning`: a lease is to be warned of its end. `look`, `round`: of an upkeep. `stage`: a member has lived long enough. */
  readonly kind:
    | 'lease'
    | 'warning'
    | 'token'
    | 'receipt'
    | 'run'
    | 'resource'
    | 'look'
    | 'round'
    | 'stage'
    | 'waiter';
  readonly id: string;
};

/** Which of two is due first. */
export function compareDeadlines(a: Deadline, b: Deadline): number {
  return a.at - b.at || compareText(a.id, b.id) || compareText(a.kind, b.kind);
}
