import { describe, expect, test } from 'vitest';
import { lookForPostgres } from './find-postgres.ts';
import { RealPostgresPair } from './real-postgres-pair.ts';
import { RealPostgres } from './real-postgres.ts';

const postgres = lookForPostgres();

describe.skipIf(postgres.areMissing)(`a real PostgreSQL${postgres.reason}`, () => {
  test('what it acknowledged is there after a stop, after a loss of power, and in no other database', async () => {
    await using server = await RealPostgres.start();
    const name = nameOf(await server.createDatabase());
    await server.query('create table kept (what text)', name);
    await server.query("insert into kept values ('before the stop')", name);
    await server.stop();
    await expect(server.query('select 1')).rejects.toThrow(/ECONNREFUSED/);
    await server.startAgain();
    await server.query("insert into kept values ('before the power went')", name);
    await server.kill();
    await server.startAgain();
    expect(await server.query('select what from kept', name)).toEqual([
      { what: 'before the stop' },
      { what: 'before the power went' },
    ]);
    const other = nameOf(await server.createDatabase());
    await expect(server.query('select what from kept', other)).rejects.toThrow(/does not exist/);
  });

  test('the standby of a synchronous pair has everything when it is promoted', async () => {
    await using pair = await RealPostgresPair.start({ isSynchronous: true });
    const name = nameOf(await pair.createDatabase());
    await pair.primary.query('create table kept as select 1 as what', name);
    await expect(pair.standby.query('create table mine ()', name)).rejects.toThrow(/read-only/);
    await pair.failOver();
    expect(await pair.standby.query('select what from kept', name)).toEqual([{ what: 1 }]);
    await pair.standby.query('insert into kept values (2)', name);
  });

  test('a standby that was cut off loses what came after', async () => {
    await using pair = await RealPostgresPair.start({ isSynchronous: false });
    const name = nameOf(await pair.createDatabase());
    await pair.primary.query('create table kept (what int)', name);
    await pair.primary.query('insert into kept values (1)', name);
    await pair.cutReplication();
    await pair.primary.query('insert into kept values (2)', name);
    await pair.failOver();
    expect(await pair.standby.query('select what from kept', name)).toEqual([{ what: 1 }]);
  });
});

function nameOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
