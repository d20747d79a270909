import { expect, test } from 'vitest';
import { colorsFor, paintStatus } from './output.ts';
import { wrapText } from './wrap-text.ts';

const isPainted = (isTerminal: boolean, environment: Record<string, string>): boolean =>
  colorsFor({ isTerminal }, environment).red('x') !== 'x';

test.each<[boolean, Record<string, string>, boolean]>([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [false, { FORCE_COLOR: '' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
])('on a terminal (%s) with %o there are colours: %s', (isTerminal, environment, painted) => {
  expect(isPainted(isTerminal, environment)).toBe(painted);
});

test('a status is red where somebody has to care, whatever else it says', () => {
  const colors = colorsFor({ isTerminal: true }, {});
  expect(paintStatus(colors, 'cleaning, held')).toBe(colors.red('cleaning, held'));
  expect(paintStatus(colors, 'queued #3')).toBe(colors.yellow('queued #3'));
  expect(paintStatus(colors, 'free')).toBe(colors.green('free'));
});

test('text is broken between words, and where it was broken before', () => {
  expect(wrapText('one two three four five six seven\neight', 24)).toEqual([
    'one two three four five',
    'six seven',
    'eight',
  ]);
  expect(wrapText('look with "poolkeeper pool explain web", then wait', 30)).toEqual([
    'look with',
    '"poolkeeper pool explain web",',
    'then wait',
  ]);
  expect(wrapText('a lone " is a word', 80)).toEqual(['a lone " is a word']);
  expect(wrapText('', 80)).toEqual(['']);
  expect(wrapText(`a ${'x'.repeat(30)} b`, 24)).toEqual(['a', 'x'.repeat(30), 'b']);
});
