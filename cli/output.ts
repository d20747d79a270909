import picocolors from 'picocolors';
import type { CliContext, Output } from './context.ts';
import { wrapText } from './wrap-text.ts';

export type Colors = ReturnType<typeof picocolors.createColors>;

/**
 * Colours on a terminal that knows them, and nowhere else. `NO_COLOR` turns them off there; `FORCE_COLOR` turns them on
 * anywhere, or off with `0`, and has the last word, as in Node itself.
 */
export function colorsFor(
  output: Pick<Output, 'isTerminal'>,
  environment: CliContext['environment'],
): Colors {
  return picocolors.createColors(isPainted(output, environment));
}

function isPainted(
  { isTerminal }: Pick<Output, 'isTerminal'>,
  environment: CliContext['environment'],
): boolean {
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return !['0', 'false'].includes(forced);
  if ((environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb') return false;
  return isTerminal;
}

export function printLine(output: Output, text: string): void {
  output.write(`${text}\n`);
}

/** Sentences for people, broken between words where a terminal ends. */
export function printText(output: Output, text: string): void {
  for (const line of wrapText(text, output.columns)) printLine(output, line);
}

/** For programs: the answer of the API as it is. */
export function printJson(output: Output, value: unknown): void {
  printLine(output, JSON.stringify(value, null, 2));
}

/** The same on one line, for a stream of answers. */
export function printJsonLine(output: Output, value: unknown): void {
  printLine(output, JSON.stringify(value));
}

const GOOD = ['connected', 'free', 'active', 'open', 'LIVE', 'ok', 'closed'];
const BUSY = [
  'leased',
  'preparing',
  'queued',
  'requested',
  'entering',
  'cleaning',
  'ending',
  'BOOTING',
  'warning',
  'paused',
  'half-open',
  'failing',
];
const BAD = ['silent', 'quarantined', 'removing', 'UNHEALTHY', 'problem'];

/** A status in the colour that says whether somebody has to care. */
export function paintStatus(colors: Colors, status: string): string {
  const [word = ''] = status.split(' ');
  if (BAD.includes(word) || status.includes('held')) return colors.red(status);
  if (BUSY.includes(word)) return colors.yellow(status);
  return GOOD.includes(word) ? colors.green(status) : colors.dim(status);
}
