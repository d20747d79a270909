import { expect, test } from 'vitest';
import { LastLines } from '../steps/last-lines.ts';
import { maskError, maskEvidence } from './mask-result.ts';
import { needlesOf } from './secret-mask.ts';

const SECRET = 'correct-horse-battery-staple-0123456789';
const needles = needlesOf([SECRET]);

test.each([0, 5, 12, 20, 31, 35])(
  'no end of a secret stays where the last lines are cut, %i from its beginning',
  (cut) => {
    const last = new LastLines();
    last.take(Buffer.from(`login ${SECRET}${'.'.repeat(300 - SECRET.length + cut)}\n`));
    const masked = maskError(needles, last.describe());
    for (let at = 0; at + 8 <= SECRET.length; at += 1) expect(masked).not.toContain(SECRET.slice(at, at + 8));
  },
);

test.each([8, 20, 38])(
  'no beginning of a secret stays in evidence that was cut after %i characters',
  (length) => {
    const shown = maskEvidence(needles, { json: { '/token': `"${SECRET.slice(0, length)}…` } });
    expect(shown).toEqual({ json: { '/token': '"[secret]…' } });
  },
);

test('an innocent text stays as it is, and what was cut twice is masked twice', () => {
  expect(maskError(needles, 'a correct horse')).toBe('a correct horse');
  expect(maskError(needles, `${SECRET.slice(9)} ${SECRET.slice(0, 30)} ${SECRET.slice(20)}`)).toBe(
    '[secret] [secret] [secret]',
  );
});

test('evidence is JSON again: a number beyond all bounds is none', () => {
  expect(maskEvidence([], { left: JSON.parse('1e999') as number })).toEqual({ left: null });
});
