import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory for one test, which is gone when the test is over. */
export function aDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'poolkeeper-store-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
