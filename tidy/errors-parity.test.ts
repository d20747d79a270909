import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERRORS } from '../core/errors.ts';

const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'errors.md'), 'utf8');

/** The cells of every row in the table under a heading of the page, without the two rows of the table's head. */
function tableUnder(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('docs/errors.md lists the catalogue of errors, no more and no less, in its order', () => {
  const documented = tableUnder('Codes').map(([code, kind, title]) => ({ code, kind, title }));
  const catalogue = Object.entries(ERRORS).map(([code, { kind, title }]) => ({
    code: `\`${code}\``,
    kind,
    title,
  }));
  expect(documented).toEqual(catalogue);
});

test('docs/errors.md says what to do about each', () => {
  const silent = tableUnder('Codes').filter(([, , , advice = '']) => advice.length < 10);
  expect(silent).toEqual([]);
});

test('docs/errors.md explains every kind that a code has', () => {
  const explained = tableUnder('Kinds').map(([kind]) => kind);
  expect(explained).toEqual(expect.arrayContaining(Object.values(ERRORS).map(({ kind }) => kind)));
  expect(new Set(explained).size).toBe(explained.length);
});
