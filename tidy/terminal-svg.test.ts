import { expect, test } from 'vitest';
import { drawTerminals, spansOf } from './terminal-svg.ts';

test('a line is cut where its look changes, and each part knows its column', () => {
  expect(spansOf(['\u001B[32m+ pool\u001B[39m web \u001B[1m\u001B[31mgone\u001B[0m.'])[0]).toEqual([
    { text: '+ pool', column: 0, classes: ['c32'] },
    { text: ' web ', column: 6, classes: [] },
    { text: 'gone', column: 11, classes: ['b', 'c31'] },
    { text: '.', column: 15, classes: [] },
  ]);
});

test('bold and dim end alone, colours replace each other, unknown codes change nothing', () => {
  const [spans = []] = spansOf(['\u001B[1;33ma\u001B[36mb\u001B[22mc\u001B[48;9md']);
  expect(spans.map(({ classes }) => classes)).toEqual([['b', 'c33'], ['b', 'c36'], ['c36'], ['c36']]);
});

test('what one line leaves open holds in the next', () => {
  const [, next = []] = spansOf(['\u001B[1mtitle', 'row\u001B[0m end']);
  expect(next.map(({ text, classes }) => [text, classes])).toEqual([
    ['row', ['b']],
    [' end', []],
  ]);
});

test('what SVG would read as markup is text', () => {
  const drawn = drawTerminals('a "label"', [{ title: 'one <1>', lines: ['a && b < c'] }]);
  expect(drawn).toContain('>a &amp;&amp; b &lt; c</tspan>');
  expect(drawn).toContain('aria-label="a &quot;label&quot;"');
  expect(drawn).toContain('one &lt;1>');
});
