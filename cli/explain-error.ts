import { ApiError, NoAnswerError } from '@poolkeeper/client';
import { CliError } from './cli-error.ts';
import { kindOf } from './error-kind.ts';
import { EXIT, EXIT_BY_KIND } from './exit-codes.ts';

/** What to print of an error, line by line, and how to end. */
export type Explained = { readonly lines: readonly string[]; readonly exitCode: number };

const START = 'Start one with "poolkeeper serve", or say where it is with --url or POOLKEEPER_URL.';
const CERTIFICATE = /certificate/i;
const TRUST = 'Trust its authority with NODE_EXTRA_CA_CERTS=ca.pem; "poolkeeper doctor" says more.';

/** Says what happened, then what to do next. An error that nobody foresaw is our defect and shows its stack. */
export function explainError(error: unknown): Explained {
  if (error instanceof CliError) {
    return { lines: [error.message, error.advice], exitCode: error.exitCode };
  }
  if (error instanceof ApiError) return explainRefusal(error);
  if (error instanceof NoAnswerError) {
    return {
      lines: [
        `No server answers at ${error.url}: ${error.message}.`,
        CERTIFICATE.test(error.message) ? TRUST : START,
      ],
      exitCode: EXIT.unreachable,
    };
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return { lines: ['No answer came in time.', 'Try again in a moment.'], exitCode: EXIT.unreachable };
  }
  const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { lines: ['This is a defect of poolkeeper; please report it:', shown], exitCode: EXIT.defect };
}

function explainRefusal(error: ApiError): Explained {
  const { detail, errors } = error;
  const [only] = errors.length === 1 ? errors : [];
  const isSaid = only !== undefined && detail.includes(only.message);
  const flag = isSaid ? flagOf(only.pointer) : undefined;
  const faults = isSaid ? [] : errors.map(({ pointer, message }) => `  ${memberName(pointer)}: ${message}`);
  return {
    lines: [flag === undefined ? detail : `${flag}: ${detail}`, ...faults, ...adviceFor(error)],
    exitCode: EXIT_BY_KIND[kindOf(error)],
  };
}

/** The option by which a member of a request is said; by two names where one could be several. */
const FLAGS: Readonly<Record<string, string>> = {
  pool: '--pool',
  items: '--item',
  count: '--count',
  minimum: '--minimum',
  match: '--match',
  filter: '--filter',
  duration: '--duration',
  heartbeat: '--heartbeat',
  priority: '--priority',
  note: '--note',
  holder: '--holder',
  name: '--name',
  role: '--role',
  pools: '--pool',
  ttl: '--ttl',
  status: '--status',
  limit: '--limit',
  provider: '--provider',
  kind: '--kind',
  template: '--template',
  url: '--post',
  to: '--mail',
  newSecret: '--new-secret',
  'events/types': '--event',
  'events/pools': '--pool',
  recycle: '--recycle',
  victims: '--victims',
  labels: '--label',
  params: '--params',
  addresses: '--address',
  endpoints: '--endpoint',
  reason: '--reason',
  'size/desired': '--size',
  'size/min': '--min',
  'size/max': '--max',
  'size/buffer': '--buffer',
  'lease/default': '--lease-default',
  'lease/max': '--lease-max',
  'lease/queue': '--queue',
  'lease/warnBefore': '--warn-before',
  'quota/perHolder': '--per-holder',
  'quota/leasesPerHolder': '--leases-per-holder',
  'quota/queuedPerHolder': '--queued-per-holder',
  'quota/queued': '--queued',
};

/** The option, and what stands inside of its value. Nothing for what is an argument and no option: a part of the path. */
function flagOf(pointer: string): string | undefined {
  const [, ...parts] = pointer.split('/');
  if (parts[0] === 'path') return undefined;
  for (let at = parts.length - 1; at >= 0; at -= 1) {
    const name = [`${parts[at - 1] ?? ''}/${parts[at]}`, parts[at] ?? ''].find((one) =>
      Object.hasOwn(FLAGS, one),
    );
    if (name !== undefined) return [FLAGS[name], ...parts.slice(at + 1)].join(' ');
  }
  return undefined;
}

function memberName(pointer: string): string {
  return flagOf(pointer) ?? (pointer === '' ? 'the request' : pointer);
}

/** What to do about refusals that their kind does not say enough of. */
const ADVICE_BY_CODE: Readonly<Record<string, string>> = {
  no_other_replica: 'Start another replica, and wait until "poolkeeper cluster status" shows it.',
  world_halted: 'Look at "poolkeeper cluster status"; a person has to say how to go on.',
  no_keeper: 'Try again in a moment; "poolkeeper cluster status" shows who there is.',
  not_the_keeper: 'Try again in a moment; "poolkeeper cluster status" shows who there is.',
  keeper_unreachable:
    'Try again, or ask another replica with --url; "poolkeeper cluster status" shows their addresses.',
};

function adviceFor(error: ApiError): string[] {
  const advice = ADVICE_BY_CODE[error.code];
  if (advice !== undefined) return [advice];
  switch (kindOf(error)) {
    case 'unauthenticated':
      return ['Give a valid token with --token, POOLKEEPER_TOKEN or POOLKEEPER_TOKEN_FILE.'];
    case 'forbidden':
      return ['Use a token that has the role and the pools for this, or ask an admin for one.'];
    case 'not_found':
      if (error.code === 'route_not_found') {
        return [
          'Check --url or POOLKEEPER_URL: it leads to the root of a Poolkeeper server, one not older than this command.',
        ];
      }
      return [`See what there is with "poolkeeper ${nounOf(error.code)} list".`];
    case 'exhausted':
      return ['See how its members are with "poolkeeper resource list --pool POOL".'];
    case 'limited':
      return ['See your leases with "poolkeeper lease list", and end one with "poolkeeper lease release".'];
    case 'unavailable':
      return ['Try again in a moment; the state of the server is at /readyz.'];
    case 'internal':
      return [`Please report it with the id of the request: ${error.requestId}.`];
    case 'invalid':
    case 'conflict':
    case 'stale':
      return [];
  }
}

function nounOf(code: string): string {
  const noun = code.replace(/_not_found$/, '');
  const nouns = [
    'lease',
    'pool',
    'resource',
    'token',
    'provider',
    'run',
    'workflow',
    'profile',
    'secret',
    'webhook',
  ];
  return nouns.includes(noun) ? noun : 'pool';
}
