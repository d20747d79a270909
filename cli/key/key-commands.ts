import type { PublicKeySet } from '@poolkeeper/client';
import type { Command } from 'commander';
import { formatInstant } from '../format-time.ts';
import { printJson, printLine } from '../output.ts';
import { addConnectionOptions, openSession, printTable } from '../runtime.ts';
import type { Runtime, Session } from '../runtime.ts';

const LIST_HELP = `
--json prints the set as the server publishes it, for "poolkeeper verify --keys":
  poolkeeper key list --json > keys.json`;

const ROTATE_HELP = `
It takes effect at once. The private half of the key before it is destroyed; its public half stays published, so that
what it signed is verified as before. Save the new set for those who verify offline.`;

/** `poolkeeper key …` */
export function addKeyCommands(program: Command, runtime: Runtime): void {
  const key = program.command('key').description('see the keys that sign turnover records, and change them');
  addConnectionOptions(key.command('list').description('list public keys, the one that signs today first'))
    .addHelpText('after', LIST_HELP)
    .action(async (_options: object, self: Command) => {
      const session = openSession(runtime, self);
      print(session, await session.client.server.signingKeys());
    });
  addConnectionOptions(key.command('rotate').description('sign with a new key from now on'))
    .addHelpText('after', ROTATE_HELP)
    .action(async (_options: object, self: Command) => {
      const session = openSession(runtime, self);
      const keys = await session.client.server.rotateSigningKey();
      print(session, keys);
      if (session.isJson) return;
      printLine(
        session.context.stderr,
        'A new key signs from now on. Save the new set: poolkeeper key list --json > keys.json',
      );
    });
}

function print(session: Session, set: PublicKeySet): void {
  const { context, colors, isJson } = session;
  if (isJson) return printJson(context.stdout, set);
  const now = context.now();
  const at = (seconds: number | undefined): string =>
    seconds === undefined ? '' : formatInstant(new Date(seconds * 1_000).toISOString(), now);
  printTable(
    session,
    [
      { title: 'KEY', text: ({ kid }) => kid, isKept: true },
      {
        title: 'STATUS',
        text: ({ exp }) => (exp === undefined ? 'signs' : 'retired'),
        paint: (text) => (text === 'signs' ? colors.green(text) : colors.dim(text)),
      },
      { title: 'FROM', text: ({ nbf }) => at(nbf) },
      { title: 'UNTIL', text: ({ exp }) => at(exp) },
    ],
    set.keys,
    'No keys.',
  );
}
