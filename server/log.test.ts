import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLogger } from './log.ts';

function logged(
  write: (logger: ReturnType<typeof createLogger>) => void,
  level: 'debug' | 'info' = 'info',
): string[] {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  write(createLogger({ level, destination }));
  return lines;
}

const SECRET = 'pk_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';

test('a line is JSON with level, instant, fields and message', () => {
  const [line = ''] = logged((logger) => logger.warn({ pool: 'web' }, 'the pool is empty'));
  const entry = JSON.parse(line) as Record<string, unknown>;
  expect(entry).toMatchObject({ level: 'warn', pool: 'web', msg: 'the pool is empty' });
  expect(entry['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test.each([
  ['a header', { authorization: `Bearer ${SECRET}` }],
  ['a header of a request', { req: { headers: { authorization: `Bearer ${SECRET}` } } }],
  ['a member called secret', { created: { secret: SECRET } }],
  ['a secret in a text', { url: `/v1/leases?token=${SECRET}` }],
  ['a secret in an error', { err: new Error(`bad token ${SECRET}`) }],
])('%s is not written', (_what, fields) => {
  const lines = logged((logger) => logger.error(fields, 'something went wrong'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain(SECRET);
  expect(lines[0]).toContain('[secret]');
});

test('what is below the level is not written', () => {
  expect(logged((logger) => logger.debug('a detail'))).toEqual([]);
  expect(logged((logger) => logger.debug('a detail'), 'debug')).toHaveLength(1);
});
