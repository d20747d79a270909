import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Resource } from '@poolkeeper/client';
import { eventually } from '../testing/cli-process.ts';
import { RealServer } from '../testing/real-server.ts';

/** A real server and an account that a user's own program looks after: the example in shell, whose vendor is a folder. */

const examples = join(import.meta.dirname, '..', '..', 'examples', 'providers');
type Texts = Record<string, string>;
type Opened = { params: object; credentials: { management: Texts; current: Texts } };

/** Every byte that the server wrote below a folder, as one text. */
function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

test('between two holders an account is rotated, cleaned and proven; what stays holds it by name; no secret is written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-cli-'));
  // This one's cleaning overlooks what is locked.
  const program = readFileSync(join(examples, 'account-shell', 'provider.sh'), 'utf8').replace(
    /^ {2}clean\/\).*$/m,
    `  clean/) echo "told $told" >&2; rm -rf "$account/things/bucket"; echo '{}' ;;`,
  );
  expect(program).toContain('echo "told $told"');
  writeFileSync(join(folder, 'provider.sh'), program, { mode: 0o755 });
  copyFileSync(join(examples, 'account-vendor', 'vendor.sh'), join(folder, 'vendor.sh'));
  const vendor = spawnSync(join(folder, 'vendor.sh'), ['open', 'a-17'], { cwd: folder, encoding: 'utf8' });
  const { params, credentials } = JSON.parse(vendor.stdout) as Opened;
  const configuration = readFileSync(join(examples, 'account-shell', 'poolkeeper.yaml'), 'utf8');
  const account = join(folder, 'vendor', 'a-17');
  const seen = new Set([...Object.values(credentials.management), credentials.current['secret'] ?? '']);
  await using server = await RealServer.start(configuration, { folder, logLevel: 'debug' });
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${server.url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T;
    expect(response.ok, JSON.stringify(answer)).toBe(true);
    return answer;
  };
  const resource = async (): Promise<Resource | undefined> =>
    (await call<{ items: Resource[] }>('GET', '/resources?pool=accounts')).items[0];
  const free = () => eventually(async () => ((await resource())?.status === 'free' ? true : undefined));
  /** A lease of the account, and what its holder makes with what it is shown. */
  const use = async (...things: readonly [kind: string, id: string][]): Promise<Texts> => {
    const lease = await call<{ id: string; status: string }>('POST', '/leases', {
      items: [{ pool: 'accounts' }],
    });
    expect(lease.status).toBe('active');
    const { resources } = await call<{ resources: { values: Texts }[] }>(
      'GET',
      `/leases/${lease.id}/credentials`,
    );
    const { id = '', secret = '' } = resources[0]?.values ?? {};
    seen.add(secret);
    const env = { ...process.env, POOLKEEPER_CREDENTIAL_ID: id, POOLKEEPER_CREDENTIAL_SECRET: secret };
    for (const thing of things) {
      const { status, stderr } = spawnSync(join(folder, 'vendor.sh'), ['make', 'a-17', ...thing], {
        cwd: folder,
        env,
      });
      expect(status, stderr.toString()).toBe(0);
    }
    await call('DELETE', `/leases/${lease.id}`);
    return { id, secret };
  };

  await call('POST', '/resources', { pool: 'accounts', name: 'account-1', params, credentials });
  await free();
  const first = await use(['bucket', 'b-1']);
  expect(first).toEqual(credentials.current);
  await free();
  expect(readdirSync(join(account, 'keys'))).toHaveLength(1);
  expect(readdirSync(join(account, 'keys'))).not.toContain(first['id']);

  await use(['bucket', 'b-2'], ['locked', 'l-1']);
  const held = await eventually(async () => {
    const seenNow = await resource();
    return (seenNow?.hold ?? null) === null ? undefined : seenNow;
  });
  expect(held).toMatchObject({
    status: 'cleaning',
    hold: { reason: expect.stringContaining('1 thing is left in account-1: locked l-1.') },
  });

  rmSync(join(account, 'things', 'locked'), { recursive: true });
  await call('POST', `/resources/${held.id}/retry`, {});
  await free();
  await use();
  await free();
  for (const id of readdirSync(join(account, 'keys')))
    seen.add(readFileSync(join(account, 'keys', id), 'utf8'));
  const { stdout, stderr } = server.process;
  const written = `${everythingIn(join(folder, 'data'))}${stdout}${stderr}`;
  expect(written).toContain('a-17');
  expect(seen.size).toBeGreaterThan(3);
  for (const secret of seen) expect(written.includes(secret), `a secret was written`).toBe(false);
});
