import { expect, test } from 'vitest';
import { Screen } from './screen.ts';

// oxlint-disable-next-line no-control-regex
const SEQUENCE = /(\u001b\[[?\d]*[A-Za-z]|\r|\n)/;

/** Enough of a terminal to see what stands where: it knows the sequences that a screen uses, and no others. */
function aTerminal(size: { columns: number; rows: number }) {
  let rows: string[] = [''];
  let at = 0;
  let column = 0;
  let isWrapping = true;
  const put = (text: string): void => {
    const row = `${(rows[at] ?? '').slice(0, column)}${text}`;
    if (isWrapping && row.length > size.columns) throw new Error(`this line would wrap: ${row}`);
    rows[at] = row.slice(0, size.columns);
    // The cursor stays on the last character, it does not go behind it.
    column = Math.min(row.length, size.columns - 1);
  };
  const goTo = (row: number): void => {
    at = row;
    column = 0;
    rows[at] ??= '';
  };
  return {
    isTerminal: true,
    isGone: false,
    get columns() {
      return size.columns;
    },
    get rows() {
      return size.rows;
    },
    write(text: string) {
      for (const part of text.split(SEQUENCE).filter((one) => one !== '')) {
        if (part === '\n') goTo(at + 1);
        else if (part === '\r') goTo(at);
        else if (part === '\u001b[K') rows[at] = (rows[at] ?? '').slice(0, column);
        else if (part === '\u001b[J') rows = [...rows.slice(0, at), ''];
        else if (part === '\u001b[2J') rows = [''];
        else if (part === '\u001b[H') goTo(0);
        else if (part === '\u001b[?7l') isWrapping = false;
        else if (part === '\u001b[?7h') isWrapping = true;
        else if (part.startsWith('\u001b[') && part.endsWith('A')) goTo(at - Number(part.slice(2, -1)));
        else put(part);
      }
    },
    seen: () => rows.join('\n'),
  };
}

test('what is drawn takes the place of what was drawn before, longer or shorter', () => {
  const terminal = aTerminal({ columns: 20, rows: 10 });
  terminal.write('$ poolkeeper\n');
  const screen = new Screen(terminal);
  screen.draw('one\ntwo\nthree\n');
  expect(terminal.seen()).toBe('$ poolkeeper\none\ntwo\nthree\n');
  screen.draw('four\n');
  expect(terminal.seen()).toBe('$ poolkeeper\nfour\n');
  screen.draw('five\nsix\n');
  expect(terminal.seen()).toBe('$ poolkeeper\nfive\nsix\n');
});

test('a line longer than the terminal is cut, and a text higher than it says how much is missing', () => {
  const terminal = aTerminal({ columns: 60, rows: 4 });
  const screen = new Screen(terminal);
  screen.draw(`${'x'.repeat(60)}\n2\n3\n4\n5\n`);
  const seen = `${'x'.repeat(60)}\n2\n… 3 more lines, for which the window is too low\n`;
  expect(terminal.seen()).toBe(seen);
  screen.draw(`${'x'.repeat(70)}\n2\n3\n4\n5\n`);
  expect(terminal.seen()).toBe(seen);
});

test('a terminal of another width is drawn from the top, since nobody knows what became of the lines', () => {
  const size = { columns: 20, rows: 10 };
  const terminal = aTerminal(size);
  const screen = new Screen(terminal);
  screen.draw('one\ntwo\n');
  size.columns = 10;
  screen.draw('three\n');
  expect(terminal.seen()).toBe('three\n');
});
