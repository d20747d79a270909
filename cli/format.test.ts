import { expect, test } from 'vitest';
import { formatInstant, formatRelative, formatSpan } from './format-time.ts';
import { formatPairs } from './format-value.ts';
import { renderFacts, renderTable } from './table.ts';

test.each([
  [0, '0s'],
  [999, '0s'],
  [45_000, '45s'],
  [60_000, '1m'],
  [303_000, '5m 3s'],
  [3_600_000, '1h'],
  [3_660_999, '1h 1m'],
  [90_061_000, '1d 1h'],
  [86_400_000 * 40, '40d'],
])('%i ms are read as %s', (spanMs, text) => {
  expect(formatSpan(spanMs)).toBe(text);
});

test('an instant is seen from now', () => {
  const now = Date.parse('2026-03-01T10:00:00Z');
  expect(formatRelative('2026-03-01T10:05:03Z', now)).toBe('in 5m 3s');
  expect(formatRelative('2026-03-01T08:00:00Z', now)).toBe('2h ago');
  expect(formatRelative('2026-03-01T10:00:00.500Z', now)).toBe('now');
  expect(formatRelative(null, now)).toBe('');
  expect(formatInstant('2026-03-01T10:05:00Z', now)).toMatch(/^2026-0[23]-\d\d \d\d:05:00 \(in 5m\)$/);
});

test('pairs stand on one line', () => {
  expect(formatPairs({ arch: 'arm64', ram: 8, tags: ['a'] })).toBe('arch=arm64 ram=8 tags=["a"]');
});

type Row = { id: string; note: string };
const columns = [
  { title: 'ID', text: ({ id }: Row) => id, isKept: true },
  { title: 'NOTE', text: ({ note }: Row) => note },
  { title: 'EMPTY', text: () => '' },
];
const plain = (text: string): string => text;

test('a table has a line for each row, and no column that is empty', () => {
  const rows = [
    { id: 'lse_1', note: 'nightly' },
    { id: 'lse_22', note: '' },
  ];
  expect(renderTable({ columns, rows, width: Infinity, paintTitle: plain })).toBe(
    'ID      NOTE\nlse_1   nightly\nlse_22',
  );
});

test('a table fits the terminal: what is long is cut, ids never', () => {
  const rows = [{ id: 'lse_0123456789', note: 'a note that goes on and on' }];
  const table = renderTable({ columns, rows, width: 30, paintTitle: plain });
  expect(table).toBe('ID              NOTE\nlse_0123456789  a note that g…');
  const narrow = renderTable({ columns, rows, width: 3, paintTitle: plain });
  expect(narrow.split('\n')[1]).toBe('lse_0123456789  a not…');
});

test('an extra column is cut before all others, and left out where there is no room for it', () => {
  const wide = [
    { title: 'ID', text: ({ id }: Row) => id, isKept: true },
    { title: 'NAME', text: () => 'a-rather-long-name' },
    { title: 'NOTE', text: ({ note }: Row) => note, isExtra: true },
  ];
  const rows = [{ id: 'lse_1', note: 'a note that goes on and on' }];
  const at = (width: number): string => renderTable({ columns: wide, rows, width, paintTitle: plain });
  expect(at(45).split('\n')[1]).toBe('lse_1  a-rather-long-name  a note that goes …');
  expect(at(39).split('\n')[1]).toBe('lse_1  a-rather-long-name  a note that…');
  expect(at(38)).toBe('ID     NAME\nlse_1  a-rather-long-name');
  expect(at(20).split('\n')[1]).toBe('lse_1  a-rather-lon…');
});

test('what others wrote cannot move the cursor, colour the screen or break a line', () => {
  const rows = [{ id: 'a', note: 'x\u001b[31m\r\ny\u009b2J' }];
  expect(renderTable({ columns, rows, width: 80, paintTitle: plain })).not.toMatch(/[^\P{Cc}\n]/u);
  expect(
    renderFacts(
      [
        ['note', 'x\ny'],
        ['none', ''],
      ],
      plain,
    ),
  ).toBe('note  x y');
});

test('wide characters are counted as people see them', () => {
  const rows = [{ id: 'a', note: '👩‍🔬 lab' }];
  expect(renderTable({ columns, rows, width: Infinity, paintTitle: plain })).toContain('👩‍🔬 lab');
});

test('a painted value keeps its colour, and what others wrote into it has none', () => {
  const green = (text: string): string => `\u001B[32m${text}\u001B[39m`;
  const facts = [
    ['status', 'active', green],
    ['note', '\u001B[31mred\u001B[39m'],
  ] as const;
  expect(renderFacts(facts, (name) => name)).toBe(`status  ${green('active')}\nnote    [31mred [39m`);
});
