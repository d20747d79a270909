import { maskValues } from '@poolkeeper/core';
import type { Json } from '@poolkeeper/core';
import { failed } from '../../../notifications/contract.ts';
import type { SendResult } from '../../../notifications/contract.ts';
import { attemptMail } from '../../../notifications/mail-attempt.ts';
import type { Timers } from '../../../timers.ts';
import { readKeyStore } from '../configuration/certificate-files.ts';
import type { AlertSettings, HttpAlertSettings, SmtpAlertSettings } from '../configuration/configuration.ts';
import type { Severity } from '../configuration/severity.ts';
import { openKeyStore } from '../key-store.ts';
import { postAlert } from './post-alert.ts';

export type SenderParts = {
  readonly timers: Timers;
  /** Of the program, for its name in requests. */
  readonly version: string;
  /** Certificates of authorities that are trusted beside those of the platform, in PEM. */
  readonly authorities?: readonly string[];
};

/** One receiver of alerts. `name` is what a log may call it. */
export type AlertSender = {
  readonly name: string;
  readonly severities: readonly Severity[];
  /** One attempt, which never throws; what it tells of a failure is free of secrets. */
  readonly send: (body: string, signal: AbortSignal) => Promise<SendResult>;
};

/** The receivers that a configuration names: each URL, and each list of addresses. */
export function createSenders(parts: SenderParts, { smtp, http }: AlertSettings): readonly AlertSender[] {
  return [
    ...http.flatMap((settings) => settings.urls.map((url) => httpSender(parts, settings, url))),
    ...smtp.map((settings) => smtpSender(parts, settings)),
  ];
}

function httpSender(
  { timers, version, authorities }: SenderParts,
  { severities, basic, certificate, connectMs, silenceMs }: HttpAlertSettings,
  url: string,
): AlertSender {
  const secrets = { password: basic?.password, keystorePassword: certificate?.password };
  const send = async (body: string, signal: AbortSignal): Promise<SendResult> => {
    // Read each time: a certificate that was renewed counts with the next alert.
    const own = certificate === null ? {} : await openKeyStore(readKeyStore(certificate));
    const tls = { ...trust(authorities), ...own };
    const userAgent = `poolkeeper/${version}`;
    return postAlert(timers, { url, body, userAgent, basic, tls, connectMs, silenceMs }, signal);
  };
  // A query may hold a token.
  const { origin, pathname } = new URL(url);
  return { name: `${origin}${pathname}`, severities, send: masked(send, secrets) };
}

function smtpSender({ timers, authorities }: SenderParts, settings: SmtpAlertSettings): AlertSender {
  const { host, port, isSecure, credentials, connectMs, silenceMs, severities } = settings;
  const { sender, recipients, subject } = settings;
  const auth =
    credentials === null ? {} : { auth: { user: credentials.username, pass: credentials.password } };
  const server = {
    host,
    port,
    secure: isSecure,
    ...auth,
    tls: trust(authorities),
    connectionTimeout: connectMs,
    greetingTimeout: silenceMs,
    socketTimeout: silenceMs,
  };
  const send = async (body: string, signal: AbortSignal): Promise<SendResult> => {
    const mail = {
      from: sender,
      to: [...recipients],
      subject,
      text: `${JSON.stringify(JSON.parse(body) as Json, null, 2)}\n`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    };
    const attempt = {
      server,
      mail,
      // Reached, greeted, and told all of it.
      limitMs: connectMs + 2 * silenceMs,
      advice: `See alerts.smtp of the configuration.`,
    };
    return (await attemptMail(timers, attempt, signal)).result;
  };
  return {
    name: `smtp://${host}:${port}`,
    severities,
    send: masked(send, { password: credentials?.password }),
  };
}

function trust(authorities: SenderParts['authorities']): { ca?: string[] } {
  return authorities === undefined ? {} : { ca: [...authorities] };
}

/** The same, with no secret in what it tells, and nothing thrown. */
function masked(
  send: AlertSender['send'],
  secrets: Readonly<Record<string, string | null | undefined>>,
): AlertSender['send'] {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(secrets)) if (typeof value === 'string') values[name] = value;
  return async (body, signal) => {
    const result = await send(body, signal).catch((error: unknown) =>
      failed(`It could not be sent: ${(error as Error).message}.`),
    );
    return result.isDelivered ? result : { ...result, error: maskValues(result.error, values) };
  };
}
