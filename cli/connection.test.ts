import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CliError } from './cli-error.ts';
import { findConnection } from './connection.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-connection-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const find = (environment: Record<string, string> = {}, options: { url?: string; token?: string } = {}) =>
  findConnection({ environment, workingDirectory: folder }, options);

function leave(directory: string, url: string, token = 'pk_local'): void {
  mkdirSync(join(folder, directory));
  writeFileSync(join(folder, directory, 'server.json'), JSON.stringify({ url, pid: 1 }));
  writeFileSync(join(folder, directory, 'admin.token'), `${token}\n`);
}

test('without any hint it is the default address, without a token', () => {
  expect(find()).toEqual({ url: 'http://127.0.0.1:7420', token: null });
});

test('options win over the environment, and that over what lies about', () => {
  leave('poolkeeper-data', 'http://127.0.0.1:7000');
  const environment = { POOLKEEPER_URL: 'https://pool.example/', POOLKEEPER_TOKEN: 'pk_env' };
  expect(find()).toEqual({ url: 'http://127.0.0.1:7000', token: 'pk_local' });
  expect(find(environment)).toEqual({ url: 'https://pool.example', token: 'pk_env' });
  expect(find(environment, { url: 'http://[::1]:1/base/', token: 'pk_flag' })).toEqual({
    url: 'http://[::1]:1/base',
    token: 'pk_flag',
  });
});

test('POOLKEEPER_DATA names the folder where a server left its address', () => {
  leave('elsewhere', 'http://10.0.0.5:7420');
  expect(find({ POOLKEEPER_DATA: 'elsewhere' })).toEqual({ url: 'http://10.0.0.5:7420', token: 'pk_local' });
});

test('a local admin token is shown to its own server alone', () => {
  leave('poolkeeper-data', 'http://127.0.0.1:7000');
  expect(find({ POOLKEEPER_URL: 'https://pool.example' }).token).toBe(null);
  expect(find({ POOLKEEPER_URL: 'http://127.0.0.1:7000' }).token).toBe('pk_local');
});

test('a folder that merely lies there sends no token of ours to another machine', () => {
  leave('poolkeeper-data', 'http://evil.example:7420');
  expect(find({ POOLKEEPER_TOKEN: 'pk_env' })).toEqual({ url: 'http://127.0.0.1:7420', token: 'pk_env' });
});

test('what is no address, and a token file without a token, are refused', () => {
  for (const url of [
    'pool.example',
    'ftp://pool.example',
    'http://user:word@pool.example',
    'http://pool.example?x=1',
  ]) {
    expect(() => find({ POOLKEEPER_URL: url })).toThrow(CliError);
  }
  expect(() => find({ POOLKEEPER_TOKEN_FILE: 'none' })).toThrow('holds no token');
  writeFileSync(join(folder, 'token'), 'pk_file\n');
  expect(find({ POOLKEEPER_TOKEN_FILE: 'token' }).token).toBe('pk_file');
});
