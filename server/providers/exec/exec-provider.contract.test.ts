import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { actionContract, providerContract } from '../contract-suite.ts';
import { TEST_PROGRAM, anExecPlace } from './test-place.ts';

/** A program refuses a template when it is asked to make something of it, and not before; see its own test. */
const LEFT_OUT = ['a refused template names the member, and makes nothing'];

providerContract(
  'exec',
  () => {
    const place = anExecPlace();
    return Promise.resolve({
      open: () => place.open({ command: TEST_PROGRAM }),
      template: { size: 'small' },
      slow: { sleepMs: 60_000 },
      refused: [],
      cutsAfterMs: [5, 60],
      count: (resource) =>
        Promise.resolve(existsSync(join(place.stateDirectory, 'things', resource)) ? 1 : 0),
      cleanUp: () => Promise.resolve(place.cleanUp()),
    });
  },
  LEFT_OUT,
);

actionContract('the exec provider', () => {
  const place = anExecPlace();
  return {
    open: () => place.open({ command: TEST_PROGRAM, actions: ['reboot'] }),
    template: null,
    action: 'reboot',
    input: { isHard: true },
    cleanUp: () => place.cleanUp(),
  };
});
