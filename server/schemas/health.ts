import { formatDuration, PROBE_KINDS, PROBES_MAX, refuseInput, UNHEALTHY_ACTIONS } from '@poolkeeper/core';
import type { JsonObject, ProbeKind, ProbeSpec, UnhealthyAction } from '@poolkeeper/core';
import { Type } from 'typebox';
import { AnyObject, Duration, Input, Name, OneOf, StepInput, Whole } from './common.ts';
import { requireDurationMs } from './durations.ts';

const TIMES_MAX = 100;
const URL_LENGTH_MAX = 2_048;
const HOST_LENGTH_MAX = 255;
const HEADERS_MAX = 32;
const HEADER_LENGTH_MAX = 1_024;
const STATUSES_MAX = 32;
/** A probe is asked no more often, in milliseconds: thousands of members must not keep the server from its work. */
const EVERY_MS_MIN = 1_000;

/** What a probe is where nothing is said. */
const PROBE_DEFAULTS = {
  everyMs: 10_000,
  timeoutMs: 3_000,
  failures: 3,
  successes: 1,
  action: 'hold',
} as const satisfies Partial<ProbeSpec>;

const HttpInput = Input(
  {
    url: Type.String({
      minLength: 1,
      maxLength: URL_LENGTH_MAX,
      description:
        'Where a GET goes, such as "${resource.endpoints.http}" or "http://${resource.address}:8080/health".',
    }),
    status: Type.Optional(
      Type.Array(Whole(100, 599, 'A status of HTTP.'), {
        minItems: 1,
        maxItems: STATUSES_MAX,
        description: 'Statuses that pass; 200 to 399 where nothing is said. Redirections are not followed.',
      }),
    ),
    headers: Type.Optional(
      Type.Unsafe<Readonly<Record<string, string>>>({
        type: 'object',
        maxProperties: HEADERS_MAX,
        additionalProperties: { type: 'string', maxLength: HEADER_LENGTH_MAX },
        description: 'Headers of the request.',
      }),
    ),
  },
  { description: 'Passes when a GET is answered with a status that does.' },
);

const TcpInput = Input(
  {
    host: Type.String({
      minLength: 1,
      maxLength: HOST_LENGTH_MAX,
      description: 'A host name or address, such as "${resource.address}".',
    }),
    port: Type.Unsafe<number | string>({
      type: ['integer', 'string'],
      minimum: 1,
      maximum: 65_535,
      minLength: 1,
      maxLength: HOST_LENGTH_MAX,
      description: 'A port, or a reference to one, such as "${params.port}".',
    }),
  },
  { description: 'Passes when a connection can be made.' },
);

const ProbeInput = Input(
  {
    name: Name('Unique in its pool.'),
    http: Type.Optional(HttpInput),
    tcp: Type.Optional(TcpInput),
    exec: Type.Optional(StepInput('As the `with` of a step that `uses: exec`; passes when that passes.')),
    ssh: Type.Optional(StepInput('As the `with` of a step that `uses: ssh`; passes when that passes.')),
    provider: Type.Optional(
      Input(
        {
          action: OneOf(['verify'] as const, 'verify: are the credentials of the account good?'),
        },
        {
          description:
            'Asks a provider that looks after accounts. Passes or fails as the vendor of the account says; when nobody can tell, the last verdict stands.',
        },
      ),
    ),
    every: Type.Optional(Duration('How often each member is asked, at least 1s; 10s where nothing is said.')),
    timeout: Type.Optional(Duration('How long an answer may take; 3s where nothing is said.')),
    failures: Type.Optional(Whole(1, TIMES_MAX, 'So many in a row make it fail; 3 where nothing is said.')),
    successes: Type.Optional(Whole(1, TIMES_MAX, 'So many in a row make it pass; 1 where nothing is said.')),
    // oxlint-disable-next-line unicorn/no-thenable -- the word of the configuration; nobody awaits a schema
    then: Type.Optional(
      OneOf(
        UNHEALTHY_ACTIONS,
        'What happens to a member that fails: a free one is replaced, quarantined, or held until it passes again, at once; a ' +
          'leased one when it comes back. hold where nothing is said.',
      ),
    ),
  },
  { description: 'A question to every free and leased member: one of http, tcp, exec, ssh and provider.' },
);
export type ProbeInput = Type.Static<typeof ProbeInput>;

export const HealthInput = Type.Array(ProbeInput, {
  maxItems: PROBES_MAX,
  description: 'Probes of its members; of those that fail the gravest decides.',
});

/** Probes as the core wants them. Errors: `invalid_input` for one without a kind, or with two. */
export function probesOf(health: readonly ProbeInput[]): ProbeSpec[] {
  return health.map((probe, index) => probeOf(probe, `/health/${index}`));
}

function probeOf(probe: ProbeInput, pointer: string): ProbeSpec {
  const { name, every, timeout } = probe;
  const [uses, second] = PROBE_KINDS.filter((kind) => probe[kind] !== undefined);
  if (uses === undefined || second !== undefined) {
    const found = uses === undefined ? 'has none' : `has ${uses} and ${second}`;
    throw refuseInput(pointer, `a probe is one of ${PROBE_KINDS.join(', ')}; "${name}" ${found}`);
  }
  const everyMs = every === undefined ? PROBE_DEFAULTS.everyMs : requireDurationMs(every, `${pointer}/every`);
  if (everyMs < EVERY_MS_MIN)
    throw refuseInput(`${pointer}/every`, `every is at least ${formatDuration(EVERY_MS_MIN)}`);
  return {
    name,
    uses,
    with: probe[uses] as unknown as JsonObject,
    everyMs,
    timeoutMs:
      timeout === undefined ? PROBE_DEFAULTS.timeoutMs : requireDurationMs(timeout, `${pointer}/timeout`),
    failures: probe.failures ?? PROBE_DEFAULTS.failures,
    successes: probe.successes ?? PROBE_DEFAULTS.successes,
    action: probe.then ?? PROBE_DEFAULTS.action,
  };
}

/** A probe as people say it, every member. */
export type ProbeView = {
  readonly name: string;
  readonly every: string;
  readonly timeout: string;
  readonly failures: number;
  readonly successes: number;
  readonly then: UnhealthyAction;
} & { readonly [K in ProbeKind]?: JsonObject };

export const ProbeBody = Type.Unsafe<ProbeView>({
  ...Type.Object({
    name: Type.String(),
    ...Object.fromEntries(PROBE_KINDS.map((kind) => [kind, Type.Optional(AnyObject)])),
    every: Type.String(),
    timeout: Type.String(),
    failures: Type.Integer(),
    successes: Type.Integer(),
    // oxlint-disable-next-line unicorn/no-thenable -- as in requests
    then: OneOf(UNHEALTHY_ACTIONS),
  }),
});

export function viewProbe({
  name,
  uses,
  with: input,
  everyMs,
  timeoutMs,
  action,
  ...rest
}: ProbeSpec): ProbeView {
  return {
    name,
    [uses]: input,
    every: formatDuration(everyMs),
    timeout: formatDuration(timeoutMs),
    ...rest,
    // oxlint-disable-next-line unicorn/no-thenable -- as in requests
    then: action,
  };
}

/** What a member costs, as the ledger shows it. */
const COST_MEMBERS_MAX = 16;
const COST_LENGTH_MAX = 255;
export const CostInput = Type.Unsafe<Readonly<Record<string, string | number>>>({
  type: 'object',
  maxProperties: COST_MEMBERS_MAX,
  propertyNames: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' },
  additionalProperties: { type: ['string', 'number'], maxLength: COST_LENGTH_MAX },
  description:
    'What a member costs and who pays, such as { center: build, perHour: 0.12 }: the ledger shows it beside each.',
});
