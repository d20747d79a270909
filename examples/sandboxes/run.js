/*
 * A sandbox is lent, wiped and proven empty; a leftover is found before anybody else gets it; and the records of all that are
 * verified, also against somebody who edits them. Each line that begins with $ is a command that is really run.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stage, Unexpected, expect } from './stage.js';

const POOL = ['--pool', 'sandboxes'];
/* Exit codes of poolkeeper; docs/cli.md has all of them. */
const NOTHING_GRANTED = 9;
const TAMPERED = 12;
const GAP = 13;

async function tell(stage) {
  const sandboxWhen = async (isSo, words) => {
    const fits = ({ items }) => items.length === 1 && isSo(items[0]);
    const { items } = await stage.until('/v1/resources?pool=sandboxes', fits, words);
    return items[0];
  };
  /** Waits until what follows on a lease is over, or held. Every lease raises the epoch of what it has. */
  const afterLease = async (number, expected) => {
    const isOver = ({ epoch, status, hold }) => epoch === number && (status === 'free' || hold !== null);
    const sandbox = await sandboxWhen(isOver, 'The sandbox is free or held');
    const is = sandbox.hold === null ? 'free' : 'held';
    expect(is === expected, `After lease ${number} the sandbox is ${is}, not ${expected}.`);
  };
  const leave = (holder, file) =>
    stage.type([
      ...['lease', 'run', ...POOL, '--holder', holder, '--'],
      ...['sh', '-c', `echo mine > "\${POOLKEEPER_ENDPOINT_DIRECTORY#file://}/${file}"`],
    ]);

  const { name, endpoints } = await sandboxWhen(({ status }) => status === 'free', 'The sandbox is made');
  const sandbox = fileURLToPath(endpoints.directory);

  chapter('ann leaves a file behind. The sandbox is wiped, and looked at.');
  await leave('ann', 'report.txt');
  await afterLease(1, 'free');
  const first = await stage.type(['turnover', 'show', name, ...POOL]);
  expect(/ann +1 +verified +empty, look/.test(first), 'The first turnover is not recorded as verified.');

  chapter('ben leaves a hidden one. wipe.sh misses it, look.sh does not: nobody gets this sandbox.');
  await leave('ben', '.netrc');
  await afterLease(2, 'held');
  const held = await stage.type(['resource', 'explain', name, ...POOL], { lines: 2 });
  expect(
    /step "look".*failed.*still there: \.netrc/.test(held),
    'The hold does not say which step found what.',
  );
  await stage.type(['lease', 'acquire', ...POOL, '--wait', '1s'], { code: NOTHING_GRANTED });

  chapter('A person removes it. The steps go on where they failed, and look again.');
  console.log(`   $ rm ${join(sandbox, '.netrc')}`);
  rmSync(join(sandbox, '.netrc'));
  await stage.type(['resource', 'retry', name, ...POOL, '--reason', 'removed .netrc by hand']);
  await afterLease(2, 'free');

  chapter('cat gets it next, and gives it back. What was done is exported, with the keys to verify it.');
  await leave('cat', 'notes.txt');
  await afterLease(3, 'free');
  const all = await stage.type(['turnover', 'show', name, ...POOL]);
  expect(/ben +2 +verified +empty, look failed, look/.test(all), 'The failed look is not in the record.');
  await stage.type(['turnover', 'export', name, ...POOL, '--output', 'sandbox.json'], { lines: 1 });
  const keys = await stage.run('key', 'list', '--json');
  writeFileSync(join(stage.folder, 'keys.json'), keys.said);
  console.log('   $ poolkeeper key list --json > keys.json');

  chapter('Anybody can verify it, without the server.');
  const verify = (file, code) => stage.type(['verify', file, '--keys', 'keys.json'], { code });
  expect(/^PROVEN/m.test(await verify('sandbox.json', 0)), 'What the server exported is not proven.');

  chapter('Somebody makes the failed look of ben a passed one.');
  edit(stage, 'edited.json', ([chain]) => {
    chain.records[1].record.steps.find(({ outcome }) => outcome === 'failed').outcome = 'passed';
  });
  expect(/^TAMPERED WITH/m.test(await verify('edited.json', TAMPERED)), 'An edited record is not refused.');

  chapter('Somebody cuts the whole record of ben out.');
  edit(stage, 'cut.json', ([chain]) => chain.records.splice(1, 1));
  expect(/^A GAP/m.test(await verify('cut.json', GAP)), 'A missing record is not seen.');
}

let chapters = 0;
function chapter(words) {
  chapters += 1;
  console.log(`\n${chapters}. ${words}`);
}

/** Writes the export again, changed. */
function edit(stage, file, change) {
  const exported = JSON.parse(readFileSync(join(stage.folder, 'sandbox.json'), 'utf8'));
  change(exported.chains);
  writeFileSync(join(stage.folder, file), JSON.stringify(exported));
}

await using stage = new Stage(join(import.meta.dirname, 'poolkeeper.yaml'));
const interrupted = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
}).then(() => {
  throw new Unexpected('It was interrupted.');
});
console.log(
  'A server of its own is started, with poolkeeper.yaml of this folder and data that is removed at the end.',
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
