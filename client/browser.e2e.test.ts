import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { PageServer } from './testing/page-server.ts';
import { RealWorld } from './testing/real-world.ts';

/** How long a browser may take to start and to run the program, in milliseconds. */
const BROWSER_MS_MAX = 45_000;

function findBrowser(): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return directories.map((directory) => join(directory, 'chromium')).find((file) => existsSync(file));
}

const programWith = (token: string): string => `
import { ApiError, createPoolkeeper } from '/client/index.js';

const report = {};
try {
  const poolkeeper = createPoolkeeper({ url: location.origin, token: ${JSON.stringify(token)} });
  const types = [];
  const listening = (async () => {
    for await (const { type } of poolkeeper.events({ after: 0, type: ['lease.granted', 'lease.ended'] })) {
      types.push(type);
      if (types.length === 4) break;
    }
  })();
  {
    await using lease = await poolkeeper.lease({ pool: 'boards', count: 2, heartbeat: '30s' });
    report.held = lease.resources.length;
  }
  await using lost = await poolkeeper.lease({ pool: 'one', heartbeat: '600ms' });
  const isLost = new Promise((resolve) => lost.signal.addEventListener('abort', resolve));
  await poolkeeper.leases.end(lost.id);
  await isLost;
  report.lost = lost.signal.reason.reason;
  const refusal = await poolkeeper.pools.get('nowhere').catch((error) => error);
  report.refusal = [refusal instanceof ApiError, refusal.code];
  await listening;
  report.types = types;
} catch (error) {
  report.error = String(error?.stack ?? error);
}
await fetch('/report', { method: 'POST', body: JSON.stringify(report) });
`;

const browser = findBrowser();

test.skipIf(browser === undefined)(
  'the SDK runs in a browser (needs Chromium, the command "chromium")',
  async () => {
    await using world = await RealWorld.start();
    await using page = await PageServer.start(world.server.url, programWith(world.server.token));
    const profile = mkdtempSync(join(tmpdir(), 'poolkeeper-browser-'));
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
    ];
    const child = spawn(
      browser ?? '',
      [...flags, `--user-data-dir=${profile}`, '--remote-debugging-port=0', page.url],
      {
        stdio: 'ignore',
      },
    );
    try {
      const late = AbortSignal.timeout(BROWSER_MS_MAX);
      const over = new Promise((_resolve, reject) => {
        late.addEventListener('abort', () => reject(new Error('the browser reported nothing in time')));
        child.once('exit', () => reject(new Error('the browser ended')));
      });
      expect(await Promise.race([page.report, over])).toEqual({
        held: 2,
        lost: 'released',
        refusal: [true, 'pool_not_found'],
        types: ['lease.granted', 'lease.ended', 'lease.granted', 'lease.ended'],
      });
    } finally {
      child.removeAllListeners('exit');
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  },
);
