/** How one thing stands. `skipped`: it was not looked at, and the message says why. */
export type FindingState = 'ok' | 'warning' | 'problem' | 'skipped';

/** What was found out about one thing: what it is, what it means, and what to do. Never a secret. */
export type Finding = {
  /** What was looked at, in a word or two. */
  readonly subject: string;
  readonly state: FindingState;
  /** What is so, and what it means. */
  readonly message: string;
  /** What to do; nothing where all is well. */
  readonly advice?: string;
  /** How the command ends for this; of several problems the first one counts. */
  readonly exitCode?: number;
};

export function ok(subject: string, message: string): Finding {
  return { subject, state: 'ok', message };
}

export function skipped(subject: string, message: string): Finding {
  return { subject, state: 'skipped', message };
}

export function warning(subject: string, message: string, advice: string): Finding {
  return { subject, state: 'warning', message, advice };
}

export function problem(
  subject: string,
  said: { readonly message: string; readonly advice: string; readonly exitCode: number },
): Finding {
  return { subject, state: 'problem', ...said };
}
