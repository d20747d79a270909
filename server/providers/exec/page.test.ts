import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { aCreateRequest } from '../test-requests.ts';
import { readAnswer } from './answer.ts';
import { callEnvironment } from './environment.ts';
import { EXIT_CODES } from './exit-code.ts';
import { LOG_LINES_MAX, LOG_LINE_LENGTH_MAX } from './log-lines.ts';
import { OPERATIONS } from './protocol.ts';
import type { Operation } from './protocol.ts';
import { OUTPUT_BYTES_MAX } from './answer-bytes.ts';

/** docs/writing-a-provider.md says what the code does. Its own program is run by `cli/provider-test.e2e.test.ts`. */
const page = readFileSync(
  join(import.meta.dirname, '..', '..', '..', 'docs', 'writing-a-provider.md'),
  'utf8',
);
const blocks = [...page.matchAll(/^```json (\w+)-(input|answer)\n(.*?)^```$/gms)].map(
  ([, operation = '', side = '', text = '']) => ({ operation: operation as Operation, side, text }),
);

test('every operation has its row, with its limits, and an answer', () => {
  for (const [word, { limitMs, limitMsMax }] of Object.entries(OPERATIONS)) {
    const limits = `${limitMs / 1_000}s, at most ${limitMsMax / 1_000}s`;
    expect(page).toMatch(new RegExp(`^\\| \`${word}\` \\|.*\\| ${limits} \\|$`, 'm'));
    expect(blocks).toContainEqual(expect.objectContaining({ operation: word, side: 'answer' }));
  }
});

test.each(blocks)('the $side of $operation is one', ({ operation, side, text }) => {
  if (side === 'answer') {
    expect(readAnswer(operation, text)).toEqual(JSON.parse(text));
  } else {
    const ajv = new Ajv({ allowUnionTypes: true });
    expect(ajv.validate(OPERATIONS[operation].input, JSON.parse(text)), ajv.errorsText()).toBe(true);
  }
});

test('the exit codes are those of the code, no more and no less', () => {
  const rows = [...page.matchAll(/^\| (\d+) \| `EX_\w+` \| (\w+)/gm)].map(([, code, word]) => [code, word]);
  expect(rows).toEqual([['0', 'done'], ...Object.entries(EXIT_CODES)]);
});

test('every variable is named', () => {
  const { resource, template, idempotencyKey } = aCreateRequest('res_1', null);
  const told = {
    protocol: 1,
    provider: 'mine',
    instance: 'i',
    stateDirectory: '/s',
    externalId: 'e',
  } as const;
  const names = Object.keys(
    callEnvironment({
      inherited: {
        HOME: '/',
        USER: 'u',
        LOGNAME: 'u',
        SHELL: '/bin/sh',
        LANG: 'C',
        LC_ALL: 'C',
        LC_CTYPE: 'C',
      },
      passed: {},
      configDirectory: '/c',
      operation: 'create',
      told: { ...told, resource, template, idempotencyKey },
    }),
  );
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('the bounds are those of the code', () => {
  expect(page).toContain(`${OUTPUT_BYTES_MAX / 1_024 / 1_024} MiB of JSON`);
  expect(page).toContain(`${LOG_LINES_MAX} lines of ${LOG_LINE_LENGTH_MAX} characters a call`);
});
