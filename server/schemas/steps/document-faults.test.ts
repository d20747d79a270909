import type { JsonObject } from '@poolkeeper/core';
import { describe, expect, test } from 'vitest';
import { systemRandom, systemTimers } from '../../system-clock.ts';
import { createContainerExecutor } from '../../steps/container/container-executor.ts';
import { documentFaults } from './document-faults.ts';
import { createSshExecutor } from '../../steps/ssh/ssh-executor.ts';

const LOGIN = { user: 'root', key: '${secrets.machine-key}', hostKey: '${params.hostKey}' };

const faultsOf = (kind: 'ssh' | 'container', document: JsonObject): string[] =>
  (documentFaults[kind]?.(document) ?? []).map(({ pointer, message }) => `${pointer}: ${message}`);

describe('the document of an ssh step', () => {
  test('may hold references wherever a value belongs, also in the place of a number', () => {
    const document = {
      ...LOGIN,
      host: '${params.host}',
      port: '${params.port}',
      run: 'test -z "$(ls -A "$1")" && echo "${HOME} $NAME"',
      args: ['${params.folder}'],
      env: { NAME: '${resource.name}' },
    };
    expect(faultsOf('ssh', document)).toEqual([]);
    expect(faultsOf('ssh', { ...LOGIN, run: 'true', env: '${params.env}' })).toEqual([]);
  });

  test.each([
    ['/run', { run: 'rm -rf /scratch/${params.folder}' }],
    ['/run', { run: 'curl -H "Authorization: ${ secrets.token }" x' }],
    ['/script/text', { script: { text: '#!/bin/sh\nrm -rf ${resource.name}' } }],
    ['/command/2', { command: ['/bin/sh', '-c', 'rm -rf ${lease.holder}'] }],
    ['/command/5', { command: ['env', 'A=b', 'bash', '-e', '-xc', 'echo ${run.id}'] }],
  ])('must not hold a reference in text for a shell: %s', (pointer, work) => {
    const [fault = '', ...rest] = faultsOf('ssh', { ...LOGIN, ...work });
    expect(rest).toEqual([]);
    expect(fault).toContain(`${pointer}: a value that is filled in must never become text for a shell`);
    expect(fault).toContain('give it in env');
  });

  test('may give a reference to a program that is no shell', () => {
    expect(faultsOf('ssh', { ...LOGIN, command: ['wipe', '-c', '${params.folder}'] })).toEqual([]);
    expect(
      faultsOf('ssh', { ...LOGIN, command: ['sh', '-c', 'wipe "$1"', 'sh', '${params.folder}'] }),
    ).toEqual([]);
  });

  test.each<[JsonObject, string]>([
    [{ run: 'true', command: ['true'] }, ': has to have one of run'],
    [{}, ': has to have one of run'],
    [{ command: ['true'], args: ['x'] }, '/args: belongs to run or script'],
    [{ run: 'true', user: 7 }, '/user: user has to be text'],
    [{ run: 'true', prot: 22 }, '/prot: there is no member "prot" here; did you mean "port"?'],
    [{ run: 'true', port: 0 }, '/port: port has to be a whole number from 1 to 65535'],
    [
      { run: 'true', env: { 'A-B': 'x' } },
      '/env/A-B: "A-B" is no name here: it has to be a name of a variable',
    ],
    [{ run: 'true', env: { POOLKEEPER_RUN: 'x' } }, '/env/POOLKEEPER_RUN'],
    [{ run: 'tr\0ue' }, '/run: run has to be text without NUL'],
    [{ script: { text: 'x', file: 'y' } }, '/script: has to have one of text and file'],
    [{ script: { text: 'x', directory: 'tmp' } }, '/script/directory: has to be an absolute path'],
  ])('%j is refused: %s', (input, message) => {
    expect(faultsOf('ssh', { ...LOGIN, ...input }).join('\n')).toContain(message);
  });

  test('may leave to the machine who logs in and how it is known, and needs that filled in', () => {
    expect(faultsOf('ssh', { run: 'true' })).toEqual([]);
    const ssh = createSshExecutor({ timers: systemTimers, random: systemRandom, scriptFolder: null });
    const login = { user: 'root', hostKey: 'accept-any-host-key' };
    expect(ssh.check({ run: 'true', ...login })).toContain('has to have key or password, from a secret');
    expect(ssh.check({ run: 'true', user: 'root', password: 'x' })).toContain('hostKey is missing');
  });
});

describe('the document of a container step', () => {
  test('may hold references wherever a value belongs', () => {
    const document = {
      image: '${params.image}',
      command: ['wipe', '${resource.name}'],
      cpus: '${params.cpus}',
      memory: '${params.memory}',
      engine: { host: '${params.host}', port: '${params.port}' },
    };
    expect(faultsOf('container', document)).toEqual([]);
  });

  test('must not hold a reference in text for a shell', () => {
    const document = { image: 'tiny:1', entrypoint: ['sh', '-c'], command: ['echo ${params.x}'] };
    expect(faultsOf('container', document).join()).toContain(
      '/command/0: a value that is filled in must never',
    );
  });

  test.each<[JsonObject, string]>([
    [
      { image: 'tiny:1', memory: '512' },
      '/memory: memory has to be an amount of memory such as 512MiB or 2GiB',
    ],
    [{ image: 'tiny:1', memory: '1MiB' }, '/memory: has to be at least 6MiB'],
    [{ image: 'tiny:1', engine: {} }, '/engine: has to have one of socket and host'],
    [{ image: 'tiny:1', engine: { host: 'x', ca: 'pem' } }, '/engine: has to have ca, cert and key together'],
    [
      { image: 'tiny:1', mounts: [{ volume: '/etc', path: '/etc' }] },
      '/mounts/0/volume: volume has to be a name',
    ],
    [{ image: 'tiny:1', privileged: true }, '/privileged: there is no member "privileged" here'],
    [{ image: 'tiny:1', pull: 'always' }, '/pull: pull has to be one of missing, never'],
    [{}, '/image: image is missing'],
  ])('%j is refused: %s', (input, message) => {
    expect(faultsOf('container', input).join('\n')).toContain(message);
  });
});

test('input that is filled in may hold no reference where a number belongs', () => {
  const ssh = createSshExecutor({ timers: systemTimers, random: systemRandom, scriptFolder: null });
  const container = createContainerExecutor({ timers: systemTimers, engine: {}, server: 'server-1' });
  expect(ssh.check({ ...LOGIN, run: 'true', port: '${params.port}' })).toBe(
    '/port: port has to be a whole number from 1 to 65535',
  );
  expect(ssh.check({ ...LOGIN, run: 'true' })).toBeNull();
  expect(container.check({ image: 'tiny:1', cpus: '2' })).toContain(
    '/cpus: cpus has to be a number from 0.01',
  );
  expect(container.check({ image: 'tiny:1', cpus: 2 })).toBeNull();
});
