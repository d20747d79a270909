import { CloudpoolStartError, RealmFault } from '@poolkeeper/server';
import type { CloudpoolSettings, Settings } from '@poolkeeper/server';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { explainStart, explainTaken } from './serve-errors.ts';

/** Why the drop-in does not start, and what to do about it. What nobody foresaw stays as it is. */
export function explainCloudpoolStart(
  error: unknown,
  { server, cloudpool }: { readonly server: Settings; readonly cloudpool: CloudpoolSettings },
): Error {
  if (error instanceof RealmFault) {
    return refusal(
      `The realm file ${cloudpool.realm?.file ?? ''} cannot be used: ${error.message}.`,
      'Each line has to be "user: secret,ROLE"; the secret may be in the clear, or begin with MD5:, OBF: or CRYPT:.',
      EXIT.usage,
      error,
    );
  }
  if (error instanceof CloudpoolStartError) {
    const exitCode = error.isOfCloud ? EXIT.unavailable : EXIT.usage;
    return refusal(error.message, error.advice, exitCode, error);
  }
  const listens = cloudpool.listeners.map(({ listen }) => listen);
  return explainTaken(error, listens) ?? explainStart(error, server);
}

function refusal(message: string, advice: string, exitCode: number, cause: unknown): CliError {
  return new CliError(message, { advice, exitCode, cause });
}
