import { expect, test } from 'vitest';
import { engineOf } from './engine-address.ts';

test.each([
  [undefined, { socket: '/var/run/docker.sock' }],
  ['', { socket: '/var/run/docker.sock' }],
  ['unix:///run/user/1000/docker.sock', { socket: '/run/user/1000/docker.sock' }],
  ['tcp://10.0.0.9', { host: '10.0.0.9', port: 2375 }],
  ['tcp://10.0.0.9:2400', { host: '10.0.0.9', port: 2400 }],
])("with DOCKER_HOST=%s the server's engine is %j", (said, address) => {
  expect(engineOf({ DOCKER_HOST: said })).toEqual(address);
});

test('a DOCKER_HOST that is neither is refused', () => {
  expect(() => engineOf({ DOCKER_HOST: 'ssh://board-1' })).toThrow(
    'neither unix:///PATH nor tcp://HOST:PORT',
  );
});
