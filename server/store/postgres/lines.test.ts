import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeName, readName } from './lines.ts';

const names = fc.string({
  unit: fc.constantFrom('\u0000', '\u0001', '\u0002', '\b', '\t', '\n', '\u000b', 'a', 'é'),
});

test('a name comes back as it was, without line break and NUL in between', () => {
  fc.assert(
    fc.property(names, (name) => {
      const escaped = escapeName(name);
      expect(escaped).not.toContain('\n');
      expect(escaped).not.toContain('\u0000');
      expect(readName(escaped)).toBe(name);
    }),
  );
});

test('names sort as they do unescaped', () => {
  fc.assert(
    fc.property(names, names, (one, other) => {
      const isBefore = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
      expect(isBefore(escapeName(one), escapeName(other))).toBe(isBefore(one, other));
    }),
  );
});
