import { MAIL_ADDRESS_PATTERN } from '../../../schemas/common.ts';
import { readCredentials, readSeverities, readTexts, readTimeout } from './alerter-members.ts';
import type { SmtpAlertSettings } from './configuration.ts';
import {
  addMissing,
  addProblem,
  isGiven,
  readFlag,
  readObject,
  readText,
  readWhole,
  shown,
} from './reading.ts';
import type { Reading } from './reading.ts';

const PORT = 25;
const PORT_MAX = 65_535;
const TIMEOUT_MS = 30_000;
const RECIPIENTS_MAX = 50;
const SUBJECT_LENGTH_MAX = 500;
const ADDRESS = new RegExp(MAIL_ADDRESS_PATTERN);

export function readSmtpAlerter(alerter: Reading): SmtpAlertSettings | undefined {
  for (const name of ['subject', 'sender', 'smtpClientConfig'])
    if (!isGiven(alerter, name)) addMissing(alerter, name);
  const subject = readText(alerter, 'subject');
  const recipients = readTexts(alerter, 'recipients', { entriesMax: RECIPIENTS_MAX, fault: recipientFault });
  const sender = readText(alerter, 'sender');
  const severities = readSeverities(alerter);
  const client = readObject(alerter, 'smtpClientConfig');
  if (subject !== undefined && subject.length > SUBJECT_LENGTH_MAX)
    addProblem(alerter, `subject may have ${SUBJECT_LENGTH_MAX} characters`);
  if (sender !== undefined && !ADDRESS.test(sender))
    addProblem(alerter, `illegal sender address '${shown(sender)}'`);
  const server = client === undefined ? undefined : readServer(client);
  if (subject === undefined || sender === undefined || server === undefined) return undefined;
  return { subject, recipients, sender, severities, ...server };
}

function recipientFault(text: string | null): string | undefined {
  if (text === null) return 'recipients: recipient cannot be null';
  return ADDRESS.test(text) ? undefined : `recipients: illegal email address '${shown(text)}'`;
}

type MailServer = Omit<SmtpAlertSettings, 'subject' | 'recipients' | 'sender' | 'severities'>;

function readServer(client: Reading): MailServer | undefined {
  if (!isGiven(client, 'smtpHost')) addMissing(client, 'smtpHost');
  const host = readText(client, 'smtpHost');
  const port = readWhole(client, 'smtpPort', { from: 1, to: PORT_MAX }) ?? PORT;
  const authentication = readObject(client, 'authentication');
  const credentials = authentication === undefined ? null : readCredentials(authentication);
  const isSecure = readFlag(client, 'useSsl') ?? false;
  const connectMs = readTimeout(client, 'connectionTimeout', TIMEOUT_MS);
  const silenceMs = readTimeout(client, 'socketTimeout', TIMEOUT_MS);
  if (host === undefined) return undefined;
  return { host, port, credentials, isSecure, connectMs, silenceMs };
}
