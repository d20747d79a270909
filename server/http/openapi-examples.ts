/** A body for each operation that a reader of `/docs` is likely to try, by the operation's name; every one is accepted as it is. */
export const BODY_EXAMPLES: Readonly<Record<string, object>> = {
  putProvider: { driver: 'static', limits: { concurrency: 4, rate: 20 } },
  putWorkflow: {
    steps: [
      {
        name: 'clean',
        uses: 'exec',
        with: { command: ['./wipe.sh', '${resource.name}'] },
        timeout: '5m',
        retries: 2,
        onFailure: 'hold',
      },
    ],
  },
  putProfile: { params: { console: 'on', speed: 115200 } },
  planConfiguration: {
    config: {
      providers: [{ name: 'lab', driver: 'static' }],
      pools: [
        {
          name: 'boards',
          provider: 'lab',
          lease: { default: '1h', max: '8h' },
          resources: [{ name: 'b1', labels: { arch: 'arm64' }, addresses: ['10.0.0.7'] }],
        },
      ],
    },
  },
  applyConfiguration: {
    config: {
      providers: [{ name: 'lab', driver: 'static' }],
      pools: [{ name: 'boards', provider: 'lab', resources: [{ name: 'b1', labels: { arch: 'arm64' } }] }],
    },
  },
  requestLease: { pool: 'boards', match: { arch: 'arm64' }, duration: '1h', wait: '30s' },
  putWebhook: { url: 'https://hooks.example.org/poolkeeper', events: { types: ['lease.*'] } },
  actOnResources: {
    action: 'retry',
    reason: 'the switch was mended',
    pool: 'boards',
    held: true,
    dryRun: true,
  },
  createToken: { name: 'ci', role: 'holder', pools: ['boards'], ttl: '30d' },
};

/** What an answer of a status means, where its route says nothing more. */
export const ANSWERS: Readonly<Record<string, string>> = {
  200: 'Done, or as it is.',
  201: 'It is made.',
  202: 'It has begun, and goes on by itself.',
  204: 'It is gone.',
};
