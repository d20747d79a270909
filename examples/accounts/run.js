/*
 * Three accounts are lent by the API of an acctpool. One comes back by itself, with what its holder left in it; one comes back with
 * something that cannot be cleaned away, and is set aside by its name; a person repairs it; and the record of all that is verified. Each
 * line that begins with $ is a command that is really run.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stage, Unexpected, expect } from './stage.js';

const POOL = ['--pool', 'acctpool-free'];

async function tell(stage) {
  const { vendor } = stage;
  chapter(
    'Three accounts, and something in one of them from before. None is lent before it was verified and cleaned.',
  );
  vendor.leave('acct-2', 'bucket:from-before');
  await stage.start();
  await stage.until(({ available_accounts: free }) => free === 3, 'All accounts are clean');
  const first = (await stage.curl('GET', `${stage.pool}/`)).answer;
  expect(first.accounts === 3 && first.reservations === 0, 'The numbers are others.');

  chapter(
    'ann asks for an account, and is sent to where her reservation is. There are the credentials, and until when.',
  );
  const { location } = await stage.curl('POST', `${stage.pool}/reservations?token=tok-ann`, { status: 302 });
  const { answer: mine } = await stage.curl('GET', location);
  expect(mine.status === 'active' && mine.credentials !== null, 'ann has no account.');
  const { account_id: account, apikey } = mine.credentials;
  const things = `${vendor.url}/${account}/things`;

  chapter(`She makes things in ${account}, and forgets them.`);
  await stage.curl('PUT', `${things}/bucket:logs`, { key: apikey, body: {} });
  await stage.curl('PUT', `${things}/machine:web-1`, { key: apikey, body: {} });

  chapter('Her time is over. Her key opens nothing any more, and nothing of hers is left.');
  await stage.untilReservation(location, ({ status }) => status === 'expired', 'The reservation expires');
  await stage.until(({ available_accounts: free }) => free === 3, 'The account is clean');
  const { answer: over } = await stage.curl('GET', location);
  expect(over.credentials === null, 'Credentials are shown after their time.');
  await stage.curl('GET', things, { key: apikey, status: 401 });
  const { answer: left } = await stage.curl('GET', things, { key: 'manager' });
  expect(left.length === 0, 'Something of ann is left.');
  const shown = await stage.type(['turnover', 'show', account, ...POOL]);
  expect(/acctpool:ann .*verified/.test(shown), 'The turnover is not recorded as verified.');

  chapter(
    'ben leaves something that is locked, and cancels. Cleaning is tried twice, and the account is set aside, by its name.',
  );
  const { location: second } = await stage.curl('POST', `${stage.pool}/reservations?token=tok-ben`, {
    status: 302,
  });
  const { answer: his } = await stage.curl('GET', second);
  const { account_id: locked, apikey: key } = his.credentials;
  await stage.curl('PUT', `${vendor.url}/${locked}/things/bucket:evidence`, { key, body: { locked: true } });
  await stage.curl('DELETE', second, { status: 204 });
  const aside = ({ quarantined_accounts: count }) => count === 1;
  await stage.until(aside, 'The account is set aside');
  const why = await stage.type(['resource', 'explain', locked, ...POOL], { lines: 12 });
  expect(why.includes('bucket:evidence is locked'), 'Nobody says what is left, and why.');

  chapter('The others are lent as ever, and that one is not.');
  const { location: third } = await stage.curl('POST', `${stage.pool}/reservations?token=tok-ben`, {
    status: 302,
  });
  const { answer: next } = await stage.curl('GET', third);
  expect(next.status === 'active' && next.credentials.account_id !== locked, 'The wrong account is lent.');
  await stage.curl('DELETE', third, { status: 204 });

  chapter('A person unlocks it, and has it cleaned again, from the beginning.');
  await stage.curl('PUT', `${vendor.url}/${locked}/things/bucket:evidence`, {
    key: 'manager',
    body: { locked: false },
  });
  await stage.type(['resource', 'retry', locked, ...POOL, '--reason', 'unlocked the bucket by hand']);
  await stage.until(({ available_accounts: free }) => free === 3, 'All accounts are clean again');

  chapter('What was done with it is exported, with the keys to verify it. Anybody can, without the server.');
  await stage.type(['turnover', 'export', locked, ...POOL, '--output', 'account.json'], { lines: 1 });
  writeFileSync(join(stage.folder, 'keys.json'), (await stage.run('key', 'list', '--json')).said);
  console.log('   $ poolkeeper key list --json > keys.json');
  const proof = await stage.type(['verify', 'account.json', '--keys', 'keys.json']);
  expect(/^PROVEN/m.test(proof), 'What the server exported is not proven.');
}

let chapters = 0;
function chapter(words) {
  chapters += 1;
  console.log(`\n${chapters}. ${words}`);
}

await using stage = new Stage();
const interrupted = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
}).then(() => {
  throw new Unexpected('It was interrupted.');
});
console.log(
  'A vendor of accounts and a server of its own are started, with data that is removed at the end.',
);
try {
  await Promise.race([tell(stage), interrupted]);
  console.log('\nAll of it came as it was told.');
} catch (error) {
  if (!(error instanceof Unexpected)) console.error(error);
  console.error(
    `\nIt came otherwise than it was told. ${error.message}\n\nThe server said last:\n${stage.log}`,
  );
  process.exitCode = 1;
}
