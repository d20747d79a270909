#!/usr/bin/env node
/* Plain JavaScript that any Node reads, so that an old one can be told apart from a broken installation. */
const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  console.error(
    `poolkeeper needs Node ${NODE_MAJOR_MIN} or newer, and this is ${process.version}: install a newer one, or start it with "npx poolkeeper" where "npm ci" has brought one along.`,
  );
  process.exitCode = 1;
} else {
  // Most of a start is reading the sources; what was read once is kept.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  await import('../main.ts');
}
