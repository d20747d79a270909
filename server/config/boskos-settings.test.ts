import { expect, test } from 'vitest';
import { readBoskosSettings } from './boskos-settings.ts';
import type { BoskosFlags } from './boskos-settings.ts';

const read = (flags: BoskosFlags, environment: Record<string, string> = {}) =>
  readBoskosSettings({ flags, environment, workingDirectory: '/srv' });

test('what is not said is as the original has it, but for this machine alone while nobody is asked who he is', () => {
  const { boskos, server } = read({});
  expect(boskos).toEqual({
    configFile: '/srv/config.yaml',
    listen: { host: '127.0.0.1', port: 8_080 },
    metrics: { host: '127.0.0.1', port: 9_090 },
    health: { host: '127.0.0.1', port: 8_081 },
    requestTtlMs: 30_000,
    login: null,
    isChallenging: false,
    isRepeatable: false,
    silenceMs: null,
    janitors: [],
    ignored: [],
  });
  expect([server.dataDirectory, server.listen]).toEqual(['/srv/boskos-data', { host: '127.0.0.1', port: 0 }]);
});

test('a user and a password come from options or variables, both or none, and open it to other machines', () => {
  const variables = { POOLKEEPER_BOSKOS_USERNAME: 'ci', POOLKEEPER_BOSKOS_PASSWORD_FILE: 'pw' };
  const { boskos } = read({}, variables);
  expect([boskos.login, boskos.listen.host]).toEqual([{ user: 'ci', passwordFile: '/srv/pw' }, '0.0.0.0']);
  expect(read({ username: 'other' }, variables).boskos.login?.user).toBe('other');
  expect(() => read({ username: 'ci' })).toThrow('--username needs --password-file');
  expect(() => read({ passwordFile: 'pw' })).toThrow('--password-file needs --username');
});

test('durations are as Go writes them, and silence is a second at least', () => {
  expect(read({ requestTtl: '1h30m', reapAfter: '1.5h' }).boskos).toMatchObject({
    requestTtlMs: 5_400_000,
    silenceMs: 5_400_000,
  });
  for (const requestTtl of ['30', '0s', '-1s', 'soon', '']) {
    expect(() => read({ requestTtl })).toThrow('--request-ttl has to be a duration such as 30s or 1h30m');
  }
  expect(() => read({ reapAfter: '300ms' })).toThrow('--reap-after has to be at least 1s');
});

test('a janitor is a program or a workflow, of all types or of one, and what it may run is its folder', () => {
  const { boskos, server } = read({ janitor: ['exec:./clean.sh --hours=0', 'gce=scrub'] });
  expect(boskos.janitors).toEqual([
    { type: null, does: { kind: 'exec', program: '/srv/clean.sh', flags: ['--hours=0'] } },
    { type: 'gce', does: { kind: 'workflow', workflow: 'scrub' } },
  ]);
  expect(server.execSteps).toEqual({ folder: '/srv' });
  expect(read({ janitor: ['scrub'] }).server.execSteps).toBeNull();
  expect(() => read({ janitor: ['a=scrub', 'a=exec:x'] })).toThrow('--janitor is given twice for the type a');
  for (const wrong of ['exec:', '=scrub', 'not a name'])
    expect(() => read({ janitor: [wrong] })).toThrow(
      '--janitor has to be exec:PROGRAM or the name of a workflow',
    );
});

test('side ports may be left out, and no port may serve two', () => {
  expect(read({ metricsPort: '0', healthPort: '0' }).boskos).toMatchObject({ metrics: null, health: null });
  expect(() => read({ port: '9090' })).toThrow('have to be different; 0 turns a side port off');
});

test('options of the original that mean nothing here are told with why', () => {
  const { boskos } = read({ in_memory: true, podName: 'x', logLevel: 'warning', config: '' });
  expect(boskos.ignored).toEqual([
    '--in_memory is ignored: everything is kept in the folder of --data',
    '--pod-name is ignored: there is no election of a leader',
  ]);
  expect(boskos.configFile).toBeNull();
});
