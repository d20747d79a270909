import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../testing/free-port.ts';
import { readTarget } from './target.ts';
import { openTestStore } from './test-place.ts';

describe('the URL of a database', () => {
  test('says where it is, and as whom it is used', () => {
    const target = readTarget('postgres://ann:p%40ss@one:5433,[::1],two:5434/pools?sslmode=require', {});
    expect(target).toMatchObject({
      hosts: [
        { host: 'one', port: 5433 },
        { host: '::1', port: 5432 },
        { host: 'two', port: 5434 },
      ],
      user: 'ann',
      password: 'p@ss',
      database: 'pools',
      ssl: { mode: 'require', options: { rejectUnauthorized: false } },
      name: 'pools at one:5433, [::1]:5432, two:5434',
    });
  });

  test('leaves to the variables of PostgreSQL what it does not say', () => {
    const environment = {
      PGHOST: 'one,two',
      PGPORT: '5433,5434',
      PGUSER: 'ann',
      PGPASSWORD: 'secret',
      PGDATABASE: 'pools',
      PGSSLMODE: 'verify-full',
    };
    expect(readTarget('postgres://', environment)).toMatchObject({
      hosts: [
        { host: 'one', port: 5433 },
        { host: 'two', port: 5434 },
      ],
      user: 'ann',
      password: 'secret',
      database: 'pools',
      ssl: { mode: 'verify-full', options: { rejectUnauthorized: true } },
    });
    expect(readTarget('postgres://ben@three/other', environment)).toMatchObject({
      hosts: [{ host: 'three' }],
      user: 'ben',
      database: 'other',
    });
  });

  test.each([
    ['mysql://ann:s3cret@one/pools', /not of the shape/],
    ['postgres://ann:s3cret/x@one/pools', /host "ann:s3cret"|not of the shape/],
    ['postgres://ann:s3cret%@one/pools', /a % that is not followed/],
    ['postgres://ann:s3cret@one:port/pools', /host "one:port"/],
    ['postgres://ann:s3cret@one/pools?sslmode=maybe', /sslmode is "maybe"/],
    ['postgres://ann:s3cret@one/pools?sslmode=verify-ca', /needs sslrootcert/],
    ['postgres://ann:s3cret@one/pools?sslrootcert=/nowhere.pem', /\/nowhere.pem .* cannot be read/],
  ])('that is wrong is refused with what is wrong: %s', (url, message) => {
    expect(() => readTarget(url, {})).toThrow(message);
  });

  test('keeps its password to itself when the database cannot be reached', async () => {
    const lines: unknown[] = [];
    const write = (...line: unknown[]): void => void lines.push(...line);
    const failure: unknown = await openTestStore(
      `postgres://ann:s3cret@127.0.0.1:${await freePort()}/pools`,
      {
        logger: { debug: write, info: write, warn: write, error: write },
        // Time flies, so that nobody waits for a database that is not there.
        elapsed: () => 1e6 * (elapsed += 1),
      },
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: 'StoreFailure',
      message: expect.stringMatching(/does not answer/),
    });
    expect(lines).not.toEqual([]);
    expect(inspect([failure, lines], { depth: 20, showHidden: true })).not.toContain('s3cret');
  });

  let elapsed = 0;
});
