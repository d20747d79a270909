import type { CliContext } from '../context.ts';
import { formatCount } from '../format-bytes.ts';
import { ok, skipped, warning } from './finding.ts';
import type { Finding } from './finding.ts';
import { membersOf, probe } from './http-probe.ts';

/** The most that a server puts on one page; a doctor looks at the first. */
const ITEMS_MAX = 1_000;
/** Names that one sentence names. */
const NAMES_MAX = 5;

type Asked = { readonly url: string; readonly token: string | null };
type Context = Pick<CliContext, 'fetch' | 'now'>;
type PoolCounts = {
  readonly name: string;
  readonly held: number;
  readonly resources: Readonly<Record<string, number>>;
};

/**
 * What waits for a person: resources that are held or set aside, providers that are left alone for a while, and workflows that
 * lack a secret.
 */
export async function checkPools(context: Context, asked: Asked): Promise<Finding[]> {
  return [
    await checkResources(context, asked),
    await checkProviders(context, asked),
    await checkWorkflows(context, asked),
  ];
}

async function checkResources(context: Context, { url, token }: Asked): Promise<Finding> {
  const subject = 'resources';
  try {
    const answer = await probe(context, `${url}/v1/pools?limit=${ITEMS_MAX}`, token);
    const { items } = membersOf(answer) as { readonly items?: readonly PoolCounts[] };
    if (items === undefined)
      return skipped(subject, `The server did not list its pools (status ${answer.status}).`);
    const troubled = items.filter((pool) => waitingIn(pool) > 0);
    const waiting = troubled.reduce((sum, pool) => sum + waitingIn(pool), 0);
    if (waiting === 0)
      return ok(
        subject,
        `None of ${formatCount(items.length, 'pool')} has a resource that waits for a person.`,
      );
    return warning(
      subject,
      `${formatCount(waiting, 'resource')} held or quarantined, which is lent to nobody until a person has decided: ${namesOf(troubled.map(({ name }) => name))}.`,
      'See why with "poolkeeper pool explain POOL"; then "poolkeeper resource retry", "skip" or "retire".',
    );
  } catch (error) {
    return skipped(subject, `The server did not list its pools: ${reasonOf(error)}.`);
  }
}

function waitingIn({ held, resources }: PoolCounts): number {
  return held + (resources['quarantined'] ?? 0);
}

type ProviderState = { readonly name: string; readonly state: string; readonly summary: string };

async function checkProviders(context: Context, { url, token }: Asked): Promise<Finding> {
  const subject = 'providers';
  try {
    const answer = await probe(context, `${url}/v1/providers?limit=${ITEMS_MAX}`, token);
    const { items } = membersOf(answer) as { readonly items?: readonly ProviderState[] };
    if (items === undefined)
      return skipped(subject, `The server did not list its providers (status ${answer.status}).`);
    const sick = items.filter(({ state }) => state !== 'ok');
    if (sick.length === 0) return ok(subject, `${formatCount(items.length, 'provider')} without trouble.`);
    const said = sick
      .slice(0, NAMES_MAX)
      .map(({ name, state, summary }) => `${name} is ${state}: ${summary}`);
    const [first] = sick;
    return warning(
      subject,
      said.join('\n'),
      `See more with "poolkeeper provider show ${first?.name ?? 'PROVIDER'}".`,
    );
  } catch (error) {
    return skipped(subject, `The server did not list its providers: ${reasonOf(error)}.`);
  }
}

type Lacking = { readonly name: string; readonly missingSecrets: readonly string[] };

async function checkWorkflows(context: Context, { url, token }: Asked): Promise<Finding> {
  const subject = 'workflows';
  try {
    const answer = await probe(context, `${url}/v1/workflows?limit=${ITEMS_MAX}`, token);
    const { items } = membersOf(answer) as { readonly items?: readonly Lacking[] };
    if (items === undefined)
      return skipped(subject, `The server did not list its workflows (status ${answer.status}).`);
    const lacking = items.filter(({ missingSecrets }) => missingSecrets.length > 0);
    if (lacking.length === 0)
      return ok(subject, `${formatCount(items.length, 'workflow')}; no secret that they name is missing.`);
    const secrets = [...new Set(lacking.flatMap(({ missingSecrets }) => missingSecrets))];
    return warning(
      subject,
      `${namesOf(lacking.map(({ name }) => name))} name secrets that are not set: ${namesOf(secrets)}. What runs them is held.`,
      `Set them with "poolkeeper secret set ${secrets[0] ?? 'NAME'}".`,
    );
  } catch (error) {
    return skipped(subject, `The server did not list its workflows: ${reasonOf(error)}.`);
  }
}

function namesOf(names: readonly string[]): string {
  const more = names.length - NAMES_MAX;
  return [...names.slice(0, NAMES_MAX), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
