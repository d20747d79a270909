/**
 * Who may import whom: one rule per row of the table in CONTRIBUTING.md.
 *
 * `tidy/rooms.ts` runs these rules and fails when a room was not looked at, so a moved directory cannot
 * quietly leave its rule without work.
 */

/** Tests may reach further than the code beside them: they build worlds, open stores and start servers. */
const TESTS = '[.]test[.]ts$';
/** What several tests share: builders, contexts, and the suites that every store or provider must pass. */
const TEST_SUPPORT = '(^|/)(testing/|test-[a-z-]+[.]ts$|[a-z-]+-suite[.]ts$)';
const NOT_PRODUCT = [TESTS, TEST_SUPPORT];

/** Everything in the repository that is ours; packages and `node:` modules are not. */
const OURS = '^(core|config-file|turnover-record|server|client|cli|simulation|bench|examples|tidy)/';

/** What every room of the server is handed: the types of clocks, timers and loggers, never the system's own. */
const HANDED = '^server/(timers|logger)[.]ts$';

/**
 * A row of the table: code in `room` imports from our rooms only what `may` names.
 *
 * @param {string} name
 * @param {string} room
 * @param {string[]} may
 * @param {string} comment
 */
function row(name, room, may, comment) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: room, pathNot: NOT_PRODUCT },
    to: { path: OURS, pathNot: may },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'core-is-pure',
      comment:
        'core imports core and the filter-expression library: no node: module, no package, no other room.',
      severity: 'error',
      from: { path: '^core/', pathNot: NOT_PRODUCT },
      to: { pathNot: ['^core/', '(^|/)node_modules/@marcbachmann/cel-js/'] },
    },
    row(
      'keeper-sees-contracts',
      '^server/keeper/',
      ['^core/', '^server/keeper/', '^server/store/contract', '^server/jobs/contract', HANDED],
      'The keeper knows what a store and a job runner promise, never which one it has.',
    ),
    row(
      'cluster-sees-contracts',
      '^server/cluster/',
      [
        '^core/',
        '^server/cluster/',
        '^server/keeper/',
        '^server/store/(contract|shared-contract)[.]ts$',
        '^server/http/',
        HANDED,
      ],
      'Replicas agree on who keeps the world through a contract of the store, never a concrete one.',
    ),
    row(
      'jobs-see-contracts',
      '^server/jobs/',
      ['^core/', '^server/jobs/', '^server/providers/contract', '^server/steps/contract', HANDED],
      'Jobs are run against the provider contract; a concrete provider is handed over by main.',
    ),
    row(
      'store-stands-alone',
      '^server/store/',
      ['^core/', '^server/store/', HANDED],
      'A store remembers core types; it knows no keeper, provider or route.',
    ),
    row(
      'provider-stands-alone',
      '^server/providers/([^/]+)/',
      ['^core/', '^server/providers/$1/', '^server/providers/[^/]+[.]ts$', '^server/programs/', HANDED],
      'A provider knows its contract and itself, never another provider.',
    ),
    row(
      'provider-room-stands-alone',
      '^server/providers/[^/]+[.]ts$',
      ['^core/', '^server/providers/', HANDED],
      'The provider contract knows core types alone.',
    ),
    row(
      'dialect-asks-the-keeper',
      '^server/dialects/([^/]+)/',
      [
        '^core/',
        '^server/dialects/$1/',
        '^server/dialects/[^/]+[.]ts$',
        '^server/keeper/contract',
        '^server/notifications/',
        '^server/http/(auth|gate|bearer|trust-proxy)[^/]*[.]ts$',
        '^server/schemas/',
        HANDED,
      ],
      'A dialect knows the commands and queries of the keeper, never the store and never another dialect.',
    ),
    row(
      'dialects-share-little',
      '^server/dialects/[^/]+[.]ts$',
      [
        '^core/',
        '^server/dialects/[^/]+[.]ts$',
        '^server/keeper/contract',
        '^server/http/bearer[.]ts$',
        HANDED,
      ],
      'What dialects have in common knows none of them.',
    ),
    row(
      'http-asks-the-keeper',
      '^server/http/',
      [
        '^core/',
        '^config-file/',
        '^turnover-record/',
        '^server/http/',
        '^server/keeper/',
        '^server/run-log/',
        '^server/runners/contract',
        '^server/schemas/',
        HANDED,
      ],
      'Routes turn requests into commands and queries of the keeper; store and providers are behind it.',
    ),
    row(
      'config-stands-alone',
      '^server/config/',
      ['^core/', '^config-file/', '^server/config/', '^server/schemas/', '^server/providers/contract'],
      'Configuration is read and validated before anything runs.',
    ),
    row(
      'config-file-stands-alone',
      '^config-file/',
      ['^core/', '^config-file/'],
      'Files are read before anything is known of what they say.',
    ),
    row(
      'turnover-record-stands-alone',
      '^turnover-record/',
      ['^core/', '^turnover-record/'],
      'Whoever checks a record needs nothing of the server that made it.',
    ),
    row(
      'probes-ask-the-keeper',
      '^server/probes/',
      ['^core/', '^server/probes/', '^server/keeper/', '^server/steps/contract', HANDED],
      'Probes read whom to ask and tell what changed; what does a step is handed over by main.',
    ),
    row(
      'steps-stand-alone',
      '^server/steps/',
      [
        '^core/',
        '^server/steps/',
        '^server/schemas/',
        '^server/programs/',
        '^server/providers/contract[.]ts$',
        HANDED,
      ],
      'What does a step knows its contract and the outside, never who asked for it.',
    ),
    row(
      'programs-stand-alone',
      '^server/programs/',
      ['^core/', '^server/programs/', HANDED],
      'A program is run the same way for whoever wants it.',
    ),
    row(
      'run-log-sees-the-store',
      '^server/run-log/',
      ['^core/', '^server/run-log/', '^server/store/contract', '^server/store/run-log-contract', HANDED],
      'The log of runs is written beside the decisions of the keeper, and knows none of them.',
    ),
    row(
      'seal-stands-alone',
      '^server/seal/',
      ['^core/', '^turnover-record/', '^server/seal/'],
      'Keys, and what they close and sign, know nothing of what is in it.',
    ),
    row(
      'runners-see-contracts',
      '^server/runners/',
      ['^core/', '^server/runners/', '^server/jobs/', '^server/steps/contract', HANDED],
      'Work for other machines knows how jobs are run, never the keeper that decides on them.',
    ),
    row(
      'notifications-ask-the-keeper',
      '^server/notifications/',
      ['^core/', '^server/notifications/', '^server/keeper/', HANDED],
      'Notifications read the events of the keeper; nothing waits for them.',
    ),
    row(
      'schemas-stand-alone',
      '^server/schemas/',
      ['^core/', '^server/schemas/'],
      'What requests and configuration files have in common knows neither.',
    ),
    row(
      'cloud-simulator-stands-alone',
      '^server/cloud-simulator/',
      ['^core/', '^server/cloud-simulator/', '^server/system-clock[.]ts$', HANDED],
      'The simulated cloud is a world outside: it knows nothing of the server that uses it.',
    ),
    row(
      'handed-types-stand-alone',
      '^server/(timers|logger|system-clock|virtual-time)[.]ts$',
      ['^core/', HANDED],
      'What every room is handed may know none of them.',
    ),
    {
      name: 'main-is-the-root',
      comment: "The wiring is imported by the server's entry and tests alone.",
      severity: 'error',
      from: { pathNot: ['^server/index[.]ts$', ...NOT_PRODUCT] },
      to: { path: '^server/main[.]ts$' },
    },
    {
      name: 'wiring-is-of-main',
      comment: 'How a server is put together from rooms is for its composition root, and its entry in types.',
      severity: 'error',
      from: { path: OURS, pathNot: ['^server/wiring/', '^server/(main|index)[.]ts$', ...NOT_PRODUCT] },
      to: { path: '^server/wiring/' },
    },
    {
      name: 'client-stands-alone',
      comment:
        'The SDK runs in browsers too: it imports itself and its two libraries, nothing of ours and no node: module.',
      severity: 'error',
      from: { path: '^client/', pathNot: NOT_PRODUCT },
      to: { pathNot: ['^client/', '(^|/)node_modules/(openapi-fetch|eventsource-parser)/'] },
    },
    row(
      'cli-uses-the-sdk-entry',
      '^cli/',
      ['^cli/', '^client/index[.]ts$', '^core/', '^config-file/', '^turnover-record/', '^server/'],
      "The command line speaks with a server by the SDK's entry, none of its internals.",
    ),
    {
      name: 'cli-talks-http',
      comment:
        'The command line is a client. `cli/local/` and `cli/import/` alone work on what is on this machine.',
      severity: 'error',
      from: { path: '^cli/', pathNot: ['^cli/(local|import)/', ...NOT_PRODUCT] },
      to: { path: '^server/' },
    },
    {
      name: 'cli-local-uses-the-entry',
      comment: "`cli/local/` loads the server's entry, none of its internals.",
      severity: 'error',
      from: { path: '^cli/(local|import)/', pathNot: NOT_PRODUCT },
      to: { path: '^server/', pathNot: '^server/index[.]ts$' },
    },
    row(
      'server-is-below',
      '^server/',
      ['^core/', '^config-file/', '^turnover-record/', '^server/'],
      'Dependencies point one way: core, then server, then cli.',
    ),
    {
      name: 'product-without-workshop',
      comment: 'Nothing that ships imports the simulation, the benchmark, the examples or the house tools.',
      severity: 'error',
      from: { path: '^(core|config-file|turnover-record|server|client|cli)/', pathNot: NOT_PRODUCT },
      to: { path: '^(simulation|bench|examples|tidy)/' },
    },
    {
      name: 'product-without-test-support',
      comment: 'What tests share stays with the tests.',
      severity: 'error',
      from: { path: '^(core|config-file|turnover-record|server|client|cli)/', pathNot: NOT_PRODUCT },
      to: { path: TEST_SUPPORT },
    },
    {
      name: 'nobody-imports-a-test',
      comment: 'A helper that two tests share has a file of its own.',
      severity: 'error',
      from: {},
      to: { path: TESTS },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nobody imports and that imports nobody is dead, or is started by its path.',
      severity: 'error',
      from: {
        orphan: true,
        path: OURS,
        pathNot: ['[.](test|config)[.]ts$', '^examples/', '^cli/bin/', '/main[.]ts$'],
      },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that leads nowhere would escape every rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
