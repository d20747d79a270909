import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { StepRefused } from '../contract.ts';
import { findScript } from './find-script.ts';

const place = mkdtempSync(join(tmpdir(), 'poolkeeper-scripts-'));
const folder = join(place, 'scripts');
mkdirSync(join(folder, 'boards'), { recursive: true });
writeFileSync(join(folder, 'boards', 'wipe.sh'), '#!/bin/sh\n');
writeFileSync(join(place, 'secret'), 'hunter2');
symlinkSync(join(place, 'secret'), join(folder, 'link'));
afterAll(() => rmSync(place, { recursive: true }));

test('a script is the text of the step, or a file of the folder', async () => {
  expect(await findScript({ text: 'true' }, null)).toBe('true');
  expect(await findScript({ file: 'boards/wipe.sh' }, folder)).toBe('#!/bin/sh\n');
});

test.each(['../secret', 'link', '../scripts/../secret', '/etc/passwd', 'nowhere.sh'])(
  'the file %s is refused: nothing outside of the folder is read',
  async (file) => {
    const refusal = findScript({ file }, folder);
    await expect(refusal).rejects.toThrow(StepRefused);
    await expect(refusal).rejects.toThrow(/is not in|There is no script/);
  },
);

test('a server without a folder of scripts says so', async () => {
  await expect(findScript({ file: 'wipe.sh' }, null)).rejects.toThrow('has no folder of scripts');
});
