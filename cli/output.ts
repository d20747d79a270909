import picocolors from 'picocolors';
import type { CliContext, Output } from './context.ts';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Colours on a terminal that knows them, and nowhere else; `NO_COLOR` turns them off there too. */
export function colorsFor(output: Output, environment: CliContext['environment']): Colors {
  const isOff = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return picocolors.createColors(output.isTerminal && !isOff);
}

export function printLine(output: Output, text: string): void {
  output.write(`${text}\n`);
}

/** For programs: the answer of the API as it is. */
export function printJson(output: Output, value: unknown): void {
  printLine(output, JSON.stringify(value, null, 2));
}

const GOOD = ['free', 'active', 'open', 'LIVE'];
const BUSY = ['leased', 'preparing', 'queued', 'requested', 'entering', 'cleaning', 'ending', 'BOOTING'];
const BAD = ['quarantined', 'removing', 'UNHEALTHY'];

/** A status in the colour that says whether somebody has to care. */
export function paintStatus(colors: Colors, status: string): string {
  const [word = ''] = status.split(' ');
  if (BAD.includes(word) || status.includes('held')) return colors.red(status);
  if (BUSY.includes(word)) return colors.yellow(status);
  return GOOD.includes(word) ? colors.green(status) : colors.dim(status);
}
