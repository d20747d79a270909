import { MinimalReporter } from 'vitest/node';
import type { TestModule, TestRunEndReason } from 'vitest/node';
import { tallyLine } from './tally.ts';

/** How a run ended, counted in tests. */
export type Tally = { passed: number; failed: number; skipped: string[] };

/** What the last line needs to know of one file of tests; `TestModule` is one. */
export type CountedModule = Pick<TestModule, 'state' | 'relativeModuleId'> & {
  children: { allTests(): Iterable<{ fullName: string; result(): { state: string } }> };
};

/**
 * Counts the tests of a run. A file that fails outside of its tests (it does not load, a hook throws) counts
 * as one failed test, and so does each error that no test caught: otherwise the line could say `0 failed`
 * for a run that is red. A test that was begun and never ended has failed.
 */
export function countTests(modules: Iterable<CountedModule>, unhandledErrors: number): Tally {
  const tally: Tally = { passed: 0, failed: unhandledErrors, skipped: [] };
  for (const module of modules) {
    const failedBefore = tally.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') tally.passed += 1;
      else if (state === 'skipped') tally.skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
      else tally.failed += 1;
    }
    if (module.state() === 'failed' && tally.failed === failedBefore) tally.failed += 1;
  }
  return tally;
}

/**
 * Says nothing about what passes, everything about what fails, and the tally in the last line.
 * Where skipping is forbidden, every skipped test is named and counts as failed.
 */
export class TallyReporter extends MinimalReporter {
  readonly #isSkippingForbidden: boolean;

  constructor(options: { isSkippingForbidden: boolean }) {
    super();
    this.#isSkippingForbidden = options.isSkippingForbidden;
  }

  override onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: Parameters<MinimalReporter['onTestRunEnd']>[1],
    reason: TestRunEndReason,
  ): void {
    super.onTestRunEnd(modules, unhandledErrors, reason);
    const { passed, failed, skipped } = countTests(modules, unhandledErrors.length);
    if (!this.#isSkippingForbidden || skipped.length === 0) {
      this.log(tallyLine({ passed, failed, skipped: skipped.length }));
      return;
    }
    for (const name of skipped) this.error(`skipped, which is forbidden here: ${name}`);
    process.exitCode = 1;
    this.log(tallyLine({ passed, failed: failed + skipped.length, skipped: 0 }));
  }
}
