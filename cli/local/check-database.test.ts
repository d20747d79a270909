import { expect, test } from 'vitest';
import { checkDatabase, judgeDatabase } from './check-database.ts';

type State = Parameters<typeof judgeDatabase>[0];
type Primary = NonNullable<State['primary']>;

const PRIMARY: Primary = {
  version: '16.4',
  mayWrite: true,
  found: 1,
  latest: 1,
  skewMs: 40,
  skewErrorMs: 5,
  connectionsLeft: 80,
  settings: {
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    synchronous_standby_names: '',
  },
};
const ALONE: State = {
  name: 'poolkeeper at db-1:5432',
  hosts: [{ host: 'db-1:5432', state: 'primary' }],
  primary: PRIMARY,
};
const STANDBY = { host: 'db-2:5432', state: 'standby' } as const;

function found(state: State): string[] {
  return judgeDatabase(state)
    .filter((one) => one.state !== 'ok')
    .map((one) => `${one.state} ${one.subject}: ${one.message}`);
}

function primaryWith(more: Partial<Primary>): State {
  return { ...ALONE, primary: { ...PRIMARY, ...more } };
}

test('nothing is found at a database that is well, alone or with a synchronous standby', () => {
  expect(found(ALONE)).toEqual([]);
  const settings = { ...PRIMARY.settings, synchronous_standby_names: 'ANY 1 (db_2, db_3)' };
  const pair = { ...primaryWith({ settings }), hosts: [...ALONE.hosts, STANDBY] };
  expect(found(pair)).toEqual([]);
  expect(judgeDatabase(pair).map(({ message }) => message)).toContain(
    'What is acknowledged is on the disk on the primary and a standby.',
  );
});

const WRONG: [what: string, state: State, message: RegExp][] = [
  ['only standbys', { ...ALONE, hosts: [STANDBY], primary: undefined }, /^problem database: No host of /],
  [
    'two hosts that take writes',
    { ...ALONE, hosts: [...ALONE.hosts, { host: 'db-2:5432', state: 'primary' }] },
    /^problem database: 2 hosts of .* take writes: they are two databases/,
  ],
  [
    'a host that does not answer beside one that does',
    { ...ALONE, hosts: [...ALONE.hosts, { host: 'db-2:5432', state: new Error('it does not answer') }] },
    /^warning database: db-2:5432 cannot be used: it does not answer/,
  ],
  ['missing rights', primaryWith({ mayWrite: false }), /^problem rights: /],
  ['a schema of a newer release', primaryWith({ found: 2 }), /^problem schema: .* schema 2, .* knows 1/],
  [
    'a server that does not write through',
    primaryWith({ settings: { ...PRIMARY.settings, fsync: 'off' } }),
    /^problem durability: fsync is off/,
  ],
  [
    'a standby that may lack what was acknowledged',
    { ...ALONE, hosts: [...ALONE.hosts, STANDBY] },
    /^warning durability: Standbys follow asynchronously/,
  ],
  [
    'a clock that is off',
    primaryWith({ skewMs: -4_005 }),
    /^warning clock of the database: .* 4\.0 s behind/,
  ],
  ['too little room', primaryWith({ connectionsLeft: 3 }), /^warning connections: .* room for 3/],
];

test.for(WRONG)('%s: it is said', ([, state, message]) => {
  expect(found(state)).toContainEqual(expect.stringMatching(message));
});

test('a URL that cannot be read, and a host where nothing listens, end with what to do, and without the password', async () => {
  const context = { environment: {} };
  const [unread] = await checkDatabase(context, 'mysql://me:hidden@127.0.0.1/poolkeeper');
  expect(unread).toMatchObject({ state: 'problem', exitCode: 2 });
  const [away] = await checkDatabase(context, 'postgres://me:hidden@127.0.0.1:1/poolkeeper');
  expect(away).toMatchObject({ state: 'problem', exitCode: 8 });
  expect(JSON.stringify([unread, away])).not.toContain('hidden');
});
