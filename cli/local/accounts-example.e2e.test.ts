import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const STORY_MS_MAX = 180_000;

test(
  'the story of examples/accounts comes true: lent, expired, cleaned, set aside, repaired and proven',
  async () => {
    const child = spawn(process.execPath, [join(root, 'examples', 'accounts', 'run.js')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (said += data.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    expect(code, said).toBe(0);
    const essential = [
      /\$ curl -s -X POST \S+\/reservations\?token=tok-ann.*\n +\(302, to \S+\/reservations\/\w+\?token=tok-ann\)/,
      /"status":"active"/,
      /"expiration":"\d{4}-.*"credentials":null,"status":"expired"/,
      /this key opens nothing/,
      /acctpool:ann .*verified/,
      /bucket:evidence is locked/,
      /retried acct-\d/,
      /PROVEN: /,
      /All of it came as it was told\./,
    ];
    for (const line of essential) expect(said).toMatch(line);
  },
  STORY_MS_MAX,
);
