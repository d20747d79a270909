/** The one line that every run of tests or checks ends with: `N passed, N failed`, and `, N skipped` when there are any. */
export function tallyLine(tally: { passed: number; failed: number; skipped: number }): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}
