/**
 * The OpenStack provider against a real Keystone, Glance, Placement and Nova: `npm run openstack -- FOLDER`.
 *
 * The cloud is installed in the folder, once, and started by `real-cloud.sh` beside this file; it needs Linux, root, debootstrap,
 * about 3 GB of disk and 2 GB of memory. `--keep` leaves it up, and a folder whose cloud is up is used as it is. `--check TEXTS` runs
 * those checks alone whose names have one of the texts, with commas between them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { argv, exit, stderr, stdout } from 'node:process';
import { systemClock, systemTimers } from '../../../system-clock.ts';
import { holdCheck } from '../../contract-checks/check.ts';
import type { ContractCheck } from '../../contract-checks/check.ts';
import { CONTRACT_CHECKS } from '../../contract-checks/contract-checks.ts';
import { MEMBERSHIP } from '../../contract-checks/members.ts';
import { Subject } from '../../contract-checks/subject.ts';
import type { ProviderPlace } from '../../contract-suite.ts';
import { REAL_CHECKS } from './real-checks.ts';
import { startNeutron } from './real-neutron.ts';
import { RealEye, realPlace } from './real-place.ts';
import type { RealCloud } from './real-place.ts';

const NEUTRON_PORT = 19_696;
const [folder, ...flags] = argv.slice(2);
if (folder === undefined) {
  stderr.write('Name a folder for the cloud: npm run openstack -- FOLDER [--keep] [--check TEXTS]\n');
  exit(2);
}

function cloudScript(what: 'up' | 'down'): boolean {
  const script = join(import.meta.dirname, 'real-cloud.sh');
  return spawnSync(script, [what, resolve(folder ?? '')], { stdio: 'inherit' }).status === 0;
}

type Named = { readonly name: string; run(place: ProviderPlace, eye: RealEye, id: string): Promise<void> };

const CONTRACT: readonly ContractCheck[] = [...CONTRACT_CHECKS, ...MEMBERSHIP];
const CHECKS: readonly Named[] = [
  ...CONTRACT.map((check) => ({
    name: check.name,
    run: async (place: ProviderPlace) => {
      const input = { clock: systemClock, timers: systemTimers, stop: new AbortController().signal };
      await using subject = await Subject.open(place, input);
      await holdCheck(check, subject);
    },
  })),
  ...REAL_CHECKS.map((check) => ({
    name: check.name,
    run: async (place: ProviderPlace, eye: RealEye, id: string) => {
      await using provider = await place.open();
      await check.run({ provider, template: place.template ?? {}, eye, id });
    },
  })),
];

/** Answers how many checks failed. */
async function runChecks(cloud: RealCloud): Promise<number> {
  const eye = new RealEye(cloud);
  let failed = 0;
  const run = systemClock.now().toString(36);
  const texts = flags.includes('--check') ? (flags[flags.indexOf('--check') + 1] ?? '').split(',') : [''];
  const checks = [...CHECKS.entries()].filter(([, { name }]) => texts.some((text) => name.includes(text)));
  for (const [index, check] of checks) {
    const idPrefix = `res_${run}x${index}x`;
    const place = realPlace(cloud, { eye, idPrefix });
    const startedAt = systemClock.now();
    let outcome = 'passed';
    try {
      await using stack = new AsyncDisposableStack();
      stack.defer(() => place.cleanUp());
      const why = CONTRACT[index]?.leftOut?.(place) ?? null;
      if (why === null) await check.run(place, eye, `${idPrefix}1`);
      else outcome = `left out: ${why}`;
    } catch (error) {
      failed += 1;
      outcome = `FAILED: ${(error as Error).message}`;
    }
    const seconds = ((systemClock.now() - startedAt) / 1_000).toFixed(1);
    stdout.write(`${check.name} (${seconds} s): ${outcome}\n`);
  }
  stdout.write(`${checks.length - failed} held, ${failed} failed\n`);
  return failed;
}

let failed = 1;
{
  await using _neutron = await startNeutron(NEUTRON_PORT);
  const described = join(folder, 'cloud.json');
  if (existsSync(join(folder, 'pids', 'nova-api.pid')) || cloudScript('up')) {
    failed = await runChecks(JSON.parse(readFileSync(described, 'utf8')) as RealCloud);
  }
  if (!flags.includes('--keep')) cloudScript('down');
}
exit(failed === 0 ? 0 : 1);
