import { defineConfig } from 'vitest/config';
import { TallyReporter } from './tidy/tally-reporter.ts';

const TEST_TIMEOUT_MS = 60_000;
/** Many tests start real servers and processes: more files at once would only make them wait for each other. */
const WORKERS_MAX = 2;

const isSkippingForbidden = process.env['POOLKEEPER_FORBID_SKIP'] === '1';

export default defineConfig({
  test: {
    include: [
      '{core,config-file,turnover-record,client,server,cli,simulation,bench,examples,tidy}/**/*.test.ts',
    ],
    pool: 'forks',
    // A process goes on with the next file, so that the product is read and compiled once and not with each of them: no module
    // remembers anything of a world, and no test replaces one.
    isolate: false,
    maxWorkers: WORKERS_MAX,
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: TEST_TIMEOUT_MS,
    allowOnly: !isSkippingForbidden,
    reporters: [new TallyReporter({ isSkippingForbidden })],
  },
});
