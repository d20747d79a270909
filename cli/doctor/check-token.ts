import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { formatRelative } from '../format-time.ts';
import { ok, problem, warning } from './finding.ts';
import type { Finding } from './finding.ts';
import { membersOf, probe } from './http-probe.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** A token that ends this soon is told. Milliseconds. */
const SOON_MS = 7 * DAY_MS;

export type TokenCheck = { readonly finding: Finding; readonly isAccepted: boolean };

/** Is there a token, whose is it, and how long will it do? */
export async function checkToken(
  context: Pick<CliContext, 'fetch' | 'now'>,
  { url, token }: { readonly url: string; readonly token: string | null },
): Promise<TokenCheck> {
  if (token === null) return refused('There is no token to show the server.');
  try {
    const answer = await probe(context, `${url}/v1/tokens/self`, token);
    if (answer.status === 401)
      return refused(
        'The server does not know this token: it is revoked, has expired, or is of another server.',
      );
    const { name, role, pools, expiresAt } = membersOf(answer);
    if (answer.status !== 200)
      return refused(`The server says nothing of the token (status ${answer.status}).`);
    const where = Array.isArray(pools) ? ` for ${pools.join(', ')}` : '';
    const who = `The token is ${String(name)}, with the role ${String(role)}${where}`;
    if (typeof expiresAt !== 'string') return accepted(ok('token', `${who}; it does not expire.`));
    const end = formatRelative(expiresAt, context.now());
    if (Date.parse(expiresAt) - context.now() > SOON_MS)
      return accepted(ok('token', `${who}; it expires ${end}.`));
    return accepted(
      warning(
        'token',
        `${who}; it expires ${end}, and is not let in from then on.`,
        'Have an admin make another one: poolkeeper token create.',
      ),
    );
  } catch (error) {
    return refused(
      `The server did not answer what the token is: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

function accepted(finding: Finding): TokenCheck {
  return { finding, isAccepted: true };
}

function refused(message: string): TokenCheck {
  const finding = problem('token', {
    message,
    advice:
      'Give one with --token, POOLKEEPER_TOKEN or POOLKEEPER_TOKEN_FILE; an admin makes one: poolkeeper token create.',
    exitCode: EXIT.denied,
  });
  return { finding, isAccepted: false };
}
