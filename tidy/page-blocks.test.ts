import { expect, test } from 'vitest';
import { isLook, steadyText, stepsOf } from './page-blocks.ts';

const block = (kind: string, text: string): string => ['```' + kind, text, '```'].join('\n');

test('steps are the sh blocks in their order, each with the text that follows it', () => {
  const page = [
    '# Page',
    block('sh once', 'npm ci'),
    block('sh', 'one\ntwo'),
    'prose',
    block('text', 'seen\nboth'),
    block('yaml', 'a: 1'),
    block('sh', 'three'),
  ].join('\n');
  expect(stepsOf(page)).toEqual([
    { line: 5, commands: 'one\ntwo', shown: 'seen\nboth' },
    { line: 17, commands: 'three', shown: null },
  ]);
});

test('a text that no commands lead to, and a block without an end, are named by their line', () => {
  expect(() => stepsOf(block('text', 'seen'))).toThrow('line 1');
  expect(() => stepsOf([block('sh', 'a'), block('text', 'b'), block('text', 'c')].join('\n'))).toThrow(
    'line 7',
  );
  expect(() => stepsOf('prose\n```sh\nls')).toThrow('line 2');
});

test('only commands that change nothing are looks', () => {
  const step = (commands: string) => ({ line: 1, commands, shown: null });
  expect(isLook(step('poolkeeper pool list\npoolkeeper lease explain "$id"'))).toBe(true);
  expect(isLook(step('cat server.log'))).toBe(true);
  expect(isLook(step('poolkeeper pool list\npoolkeeper lease release x'))).toBe(false);
});

test('two runs of the same are the same text, and another status, number or word is not', () => {
  const row =
    'res_1m89tmbve000ss138k  web-ss138k  free    8s ago  http://127.0.0.1:29184  2026-11-25 17:04:20 (now)';
  const later =
    'res_1m89tn5hm0011xgh71  web-1xgh71  free  1m 3s ago  http://127.0.0.1:9  2027-01-01 00:00:00 (5s ago)';
  expect(steadyText(row)).toBe(steadyText(later));
  expect(steadyText(row.replace('free', 'leased'))).not.toBe(steadyText(row));
  expect(steadyText('2 of 3 members')).not.toBe(steadyText('2 of 2 members'));
});
