import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import type { Session } from './runtime.ts';

/**
 * Asks a person at the terminal, and goes on after a yes.
 *
 * Errors: `CliError` when nobody can be asked, or the answer is no.
 */
export async function requireYes(
  { context, isJson }: Session,
  {
    question,
    unasked,
    advice,
  }: { readonly question: string; readonly unasked: string; readonly advice: string },
): Promise<void> {
  if (!context.isInteractive || isJson) throw new CliError(unasked, { advice, exitCode: EXIT.conflict });
  const answer = await context.ask(`${question} Only "yes" does it: `);
  if (answer?.trim().toLowerCase() === 'yes') return;
  throw new CliError('Nothing was changed.', {
    advice: 'Answer "yes" to do it, or agree beforehand with --yes.',
    exitCode: EXIT.conflict,
  });
}
