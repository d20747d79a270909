/*
 * A cloud pool in five commands: made, configured, started, sized, and watched while it fills. Then a machine dies in the cloud, and
 * another takes its place. Each line that begins with $ is a command that is really run.
 */
import { Stage, Unexpected, expect } from './stage.js';

const SIZE = 5;
const seconds = (time) => ({ time, unit: 'seconds' });
/* The document that clients of elastisys cloud pools send. Its times are short, so that there is something to see. */
const CONFIGURATION = {
  name: 'web',
  cloudApiSettings: {},
  provisioningTemplate: { size: 'small', region: 'north-1' },
  poolFetch: {
    retries: { maxRetries: 3, initialBackoffDelay: seconds(1) },
    refreshInterval: seconds(1),
    reachabilityTimeout: seconds(30),
  },
  poolUpdate: { updateInterval: seconds(2) },
};

async function tell(stage) {
  const pool = `${stage.pools}/cloudpools/web`;
  const sizeWhen = async (isSo, words) => {
    await stage.until(`${pool}/pool/size`, isSo, words);
    return await stage.curl('GET', `${pool}/pool/size`);
  };
  const machines = async () => (await stage.until(`${pool}/pool`, () => true, 'The pool answers')).machines;
  const running = (all) => all.filter(({ machineState }) => machineState === 'RUNNING');

  chapter('A pool is made. It has no configuration yet, and is not started.');
  await stage.curl('POST', pool, { status: 201 });
  await stage.curl('GET', `${stage.pools}/cloudpools`);
  const made = await stage.curl('GET', `${pool}/status`);
  expect(!made.started && !made.configured, 'A new pool is started or configured.');

  chapter('It is given a configuration, and started. There is nothing of it in the cloud, so its size is 0.');
  await stage.curl('POST', `${pool}/config`, { body: CONFIGURATION });
  await stage.curl('POST', `${pool}/start`);
  const empty = await stage.curl('GET', `${pool}/pool/size`);
  expect(
    empty.desiredSize === 0 && empty.allocated === 0,
    'A pool without machines has another size than 0.',
  );

  chapter(`It is to have ${SIZE} machines. The call returns at once; the pool fills by itself.`);
  await stage.curl('POST', `${pool}/pool/size`, { body: { desiredSize: SIZE } });
  await stage.until(`${pool}/pool`, (now) => running(now.machines).length === SIZE, 'All machines run');
  const full = await sizeWhen(({ active }) => active === SIZE, 'The pool is full');
  expect(full.desiredSize === SIZE && full.allocated === SIZE, 'The pool has another size than was set.');
  const before = await machines();
  for (const { id, machineState, publicIps } of before)
    console.log(`   ${id}  ${machineState}  ${publicIps[0]}`);

  const lost = before[0].id;
  chapter('Somebody kills a machine in the cloud, behind the back of the pool.');
  await stage.curl('POST', `${stage.cloud}/vanish?id=${lost}`);

  chapter('The pool sees that it is gone, and starts another in its place.');
  const isMended = ({ machines: all }) =>
    running(all).length === SIZE && running(all).every(({ id }) => id !== lost);
  await stage.until(`${pool}/pool`, isMended, 'Another machine runs in the place of the one that was killed');
  await sizeWhen(({ active }) => active === SIZE, 'The pool is full again');
  const known = new Set(before.map(({ id }) => id));
  for (const { id, machineState } of running(await machines()))
    console.log(`   ${id}  ${machineState}${known.has(id) ? '' : '  new'}`);

  chapter('One machine is busy with something that must not be cut off: it is kept when the pool shrinks.');
  const busy = running(await machines()).find(({ id }) => !known.has(id));
  await stage.curl('POST', `${pool}/pool/membershipStatus`, {
    body: { machineId: busy.id, membershipStatus: { active: true, evictable: false } },
  });
  await stage.curl('POST', `${pool}/pool/size`, { body: { desiredSize: 1 } });
  const isLast = ({ machines: all }) => running(all).length === 1 && running(all)[0].id === busy.id;
  await stage.until(`${pool}/pool`, isLast, 'Only the busy machine is left');
  await sizeWhen(({ active }) => active === 1, 'The pool has one machine');
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
  'A cloud simulator and a cloud pool server of its own are started, with data that is removed at the end.',
);
try {
  await Promise.race([stage.start().then(() => tell(stage)), interrupted]);
  console.log('\nAll of it came as it was told.');
} catch (error) {
  if (!(error instanceof Unexpected)) console.error(error);
  console.error(
    `\nIt came otherwise than it was told. ${error.message}\n\nThe cloud and the server said last:\n${stage.log}`,
  );
  process.exitCode = 1;
}
