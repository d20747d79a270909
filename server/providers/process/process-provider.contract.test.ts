import { providerContract } from '../contract-suite.ts';
import { aServerTemplate, aTestPlace } from './test-place.ts';

providerContract('process', () => {
  const place = aTestPlace();
  return Promise.resolve({
    open: () => place.open(),
    template: aServerTemplate(),
    slow: aServerTemplate({ command: ['sleep', '60'], readyTimeout: '30s' }),
    refused: [
      [null, ''],
      [{}, '/command'],
      [{ command: [] }, '/command'],
      [{ command: ['node', ''] }, '/command/1'],
      [{ command: ['node'], env: { A: 1 } }, '/env/A'],
      [{ command: ['node'], ready: {} }, '/ready'],
      [{ command: ['node'], image: 'debian' }, '/image'],
    ],
    count: (resource) => Promise.resolve(place.pids(resource).length),
    cleanUp: () => place.cleanUp(),
  });
});
