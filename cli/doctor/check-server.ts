import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { formatSpan } from '../format-time.ts';
import { ok, problem, warning } from './finding.ts';
import type { Finding } from './finding.ts';
import { membersOf, probe, PROBE_MS_MAX } from './http-probe.ts';
import type { Answer } from './http-probe.ts';

/** Clocks this far apart are told; less is what networks and rounding to seconds make. Milliseconds. */
const CLOCK_MS_MAX = 5_000;
/** The `Date` header knows whole seconds. Milliseconds. */
const DATE_STEP_MS = 1_000;

export type ServerCheck = { readonly findings: readonly Finding[]; readonly isReached: boolean };

/** Is there a server, does it take work, and do its clock and its release fit ours? */
export async function checkServer(
  context: Pick<CliContext, 'fetch' | 'now'>,
  { url, version }: { readonly url: string; readonly version: string },
): Promise<ServerCheck> {
  let health: Answer;
  try {
    health = await probe(context, `${url}/healthz`);
  } catch (error) {
    return { findings: [problem('server', explainFailure(url, error))], isReached: false };
  }
  const { version: theirs } = membersOf(health);
  if (health.status !== 200 || typeof theirs !== 'string') {
    return { findings: [problem('server', notOurs(url, health.status))], isReached: false };
  }
  const findings = [
    ok('server', `${url} answers in ${health.heardAt - health.sentAt} ms.`),
    checkVersions(version, theirs),
    checkClock(health),
    await checkReadiness(context, url),
  ];
  return { findings, isReached: true };
}

function checkVersions(ours: string, theirs: string): Finding {
  if (ours === theirs) return ok('versions', `This command and the server are both ${ours}.`);
  return warning(
    'versions',
    `This command is ${ours}, the server ${theirs}: one may not know what the other has.`,
    'Install the release of the server here too.',
  );
}

function checkClock({ date, sentAt, heardAt }: Answer): Finding {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs))
    return warning(
      'clock',
      'The server does not say its time.',
      'Look at what stands between: a proxy drops the Date header.',
    );
  // Somewhere between the two instants the server wrote its second down.
  const aheadMs = sentAt - (theirs + DATE_STEP_MS);
  const behindMs = theirs - heardAt;
  const apartMs = Math.max(aheadMs, behindMs, 0);
  if (apartMs <= CLOCK_MS_MAX) return ok('clock', 'The clocks of this machine and of the server agree.');
  const direction = aheadMs > behindMs ? 'ahead of' : 'behind';
  return warning(
    'clock',
    `The clock of this machine is ${formatSpan(apartMs)} ${direction} the server's. Leases end by the server's clock; instants shown here look wrong by that much.`,
    'Set the clocks by NTP.',
  );
}

async function checkReadiness(context: Pick<CliContext, 'fetch' | 'now'>, url: string): Promise<Finding> {
  try {
    const answer = await probe(context, `${url}/readyz`);
    if (answer.status === 200) return ok('readiness', 'The server takes work.');
    const { detail, status } = membersOf(answer);
    return problem('readiness', {
      message: `The server takes no work: ${[detail, status].find((one) => typeof one === 'string') ?? `status ${answer.status}`}`,
      advice: 'Its log says more. It goes on by itself when the reason is gone.',
      exitCode: EXIT.unavailable,
    });
  } catch (error) {
    return problem('readiness', explainFailure(url, error));
  }
}

type Said = { readonly message: string; readonly advice: string; readonly exitCode: number };

function notOurs(url: string, status: number): Said {
  return {
    message: `Something answers at ${url} (status ${status}), but it is no Poolkeeper server.`,
    advice: 'Correct --url or POOLKEEPER_URL: it leads to the root of the server, without /v1.',
    exitCode: EXIT.unreachable,
  };
}

const SECURE_CODES = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO)/;

/** Why nothing was heard, as far as it can be told apart. */
function explainFailure(url: string, error: unknown): Said {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code = '' } = cause as NodeJS.ErrnoException;
  const { hostname, host, protocol } = new URL(url);
  const said = (message: string, advice: string): Said => ({ message, advice, exitCode: EXIT.unreachable });
  const start = 'Start one with "poolkeeper serve", or say where it is with --url or POOLKEEPER_URL.';
  if (code === 'ECONNREFUSED') return said(`Nothing listens at ${host}: no server runs there.`, start);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return said(
      `There is no host of the name ${hostname}.`,
      'Correct --url or POOLKEEPER_URL, or the name service.',
    );
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
    return said(`No way leads to ${host}.`, 'Check the network, a VPN, and the address.');
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return said(
      `${host} answers without TLS.`,
      `Use http://${host} for it, or give the server a certificate.`,
    );
  }
  if (SECURE_CODES.test(code)) {
    return said(
      `The certificate of ${host} is not trusted: ${(cause as Error).message} (${code}).`,
      'With an authority of your own, set NODE_EXTRA_CA_CERTS to its certificate; else renew the certificate, or use the name that it is for.',
    );
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return said(
      `${host} does not answer within ${PROBE_MS_MAX / 1_000} s.`,
      'Something between drops what is sent, or the server hangs: look at firewalls, then at its log.',
    );
  }
  const hint = protocol === 'http:' ? `; if it speaks TLS, use https://${host}` : '';
  return said(
    `${host} hangs up without an answer (${code || String(cause)}).`,
    `Look what listens there${hint}.`,
  );
}
