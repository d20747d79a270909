import { describe, expect, test } from 'vitest';
import { checkProvider, openProvider } from './open-provider.ts';
import { aProviderContext } from './test-context.ts';

describe('a provider of the configuration', () => {
  test.each([
    { name: 'local', driver: 'process' },
    { name: 'hand', driver: 'static' },
    { name: 'a.b_c-1', driver: 'process', baseDirectory: './servers', ports: { from: 4000, to: 4000 } },
    { name: 'local', driver: 'process', stopOnDispose: true },
    { name: 'cloud', driver: 'simulated', url: 'http://127.0.0.1:9100' },
    { name: 'cloud', driver: 'simulated', url: 'https://cloud.example/simulated/' },
  ])('%j is right', (entry) => {
    expect(checkProvider(entry)).toEqual([]);
  });

  test.each([
    [{ name: 'x', driver: 'docker' }, '/driver'],
    [{ name: 'x' }, '/driver'],
    [{ name: 'x', driver: 7 }, '/driver'],
    [{ driver: 'static' }, '/name'],
    [{ name: '../x', driver: 'static' }, '/name'],
    [{ name: '', driver: 'static' }, '/name'],
    [{ name: 'x', driver: 'static', template: {} }, '/template'],
    [{ name: 'x', driver: 'process', 'a/b': 1 }, '/a~1b'],
    [{ name: 'x', driver: 'process', baseDirectory: '' }, '/baseDirectory'],
    [{ name: 'x', driver: 'process', stopOnDispose: 'yes' }, '/stopOnDispose'],
    [{ name: 'x', driver: 'simulated' }, '/url'],
    [{ name: 'x', driver: 'simulated', url: 9100 }, '/url'],
    [{ name: 'x', driver: 'simulated', url: '127.0.0.1:9100' }, '/url'],
    [{ name: 'x', driver: 'simulated', url: 'ftp://127.0.0.1' }, '/url'],
    [{ name: 'x', driver: 'simulated', url: 'http://me:secret@127.0.0.1' }, '/url'],
    [{ name: 'x', driver: 'simulated', url: 'http://127.0.0.1', region: 'a' }, '/region'],
    [{ name: 'x', driver: 'process', ports: { from: 80, to: 90 } }, '/ports'],
    [{ name: 'x', driver: 'process', ports: { from: 3000, to: 2000 } }, '/ports'],
    [{ name: 'x', driver: 'process', ports: { from: 3000, to: 3001, step: 1 } }, '/ports'],
  ])('%j is wrong at %s', (entry, pointer) => {
    expect(checkProvider(entry).map((fault) => fault.pointer)).toEqual([pointer]);
  });

  test('an unknown driver is answered with the allowed ones', async () => {
    expect(checkProvider({ name: 'x', driver: 'docker' })).toEqual([
      {
        pointer: '/driver',
        message:
          'There is no driver "docker". Allowed: static, process, exec, simulated, ec2, openstack, ibm-account.',
      },
    ]);
    await expect(openProvider({ name: 'x', driver: 'docker' }, aProviderContext())).rejects.toThrow(
      'Provider "x" cannot be opened. /driver: There is no driver "docker". Allowed: static, process, exec, simulated, ec2, openstack, ibm-account.',
    );
  });
});
