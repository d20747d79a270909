import { ApiError } from '@poolkeeper/client';
import { explainError } from './explain-error.ts';
import { EXIT } from './exit-codes.ts';
import { printJson, printLine } from './output.ts';
import type { Runtime, Session } from './runtime.ts';

/** What became of one of several things that a command was asked to change. */
type Outcome<T> =
  | { readonly reference: string; readonly result: T }
  | { readonly reference: string; readonly error: unknown };

/**
 * Does the same to several things, one after the other, and reports each: one that fails does not keep the others from being
 * done. The command ends like the first that failed.
 */
export async function doEach<T>(
  parts: { readonly runtime: Runtime; readonly session: Session },
  references: readonly string[],
  work: {
    readonly act: (reference: string) => Promise<T>;
    readonly describe: (result: T, reference: string) => string;
  },
): Promise<void> {
  const { context, isJson } = parts.session;
  const outcomes: Outcome<T>[] = [];
  for (const reference of references) {
    try {
      const result = await work.act(reference);
      outcomes.push({ reference, result });
      if (!isJson) printLine(context.stdout, work.describe(result, reference));
    } catch (error) {
      // Of one thing alone the whole explanation is wanted; and what is our defect hits the next one too.
      if (references.length === 1 || explainError(error).exitCode === EXIT.defect) throw error;
      outcomes.push({ reference, error });
      report(parts, reference, error);
    }
  }
  if (isJson) printJson(context.stdout, { items: outcomes.map(forPrograms) });
}

function report(
  { runtime, session }: { runtime: Runtime; session: Session },
  reference: string,
  error: unknown,
): void {
  const { lines, exitCode } = explainError(error);
  printLine(session.context.stderr, `${session.colors.red('poolkeeper:')} ${reference}: ${lines.join(' ')}`);
  if (runtime.exitCode === EXIT.ok) runtime.exitCode = exitCode;
}

function forPrograms<T>(outcome: Outcome<T>): object {
  const { reference } = outcome;
  if ('result' in outcome) return { reference, result: outcome.result, error: null };
  const { error } = outcome;
  const message = explainError(error).lines[0] ?? '';
  const code = error instanceof ApiError ? error.code : null;
  return { reference, result: null, error: { code, message } };
}
