import type { Json } from '@poolkeeper/core';
import type { CheckCertificate } from './certificate-files.ts';
import type { AlertSettings } from './configuration.ts';
import { readDuration } from './interval.ts';
import { readHttpAlerter } from './read-http-alerter.ts';
import { readSmtpAlerter } from './read-smtp-alerter.ts';
import { addProblem, isObject, readList, readObject, typeOf } from './reading.ts';
import type { Reading } from './reading.ts';

/** Two hours, in milliseconds. */
const SUPPRESS_MS = 7_200_000;
/** Entries of each list of alerters. */
const ALERTERS_MAX = 20;

/** Who is told what happens; null where nobody is named. Units: milliseconds. */
export function readAlerts(root: Reading, checkCertificate: CheckCertificate): AlertSettings | null {
  // Problems of the whole section name it as clients know it.
  const alerts = readObject(root, 'alerts', 'alerter');
  if (alerts === undefined) return null;
  const smtp = readEach(alerts, { name: 'smtp', label: 'smtpAlerter' }, readSmtpAlerter);
  const http = readEach(alerts, { name: 'http', label: 'httpAlerter' }, (entry) =>
    readHttpAlerter(entry, checkCertificate),
  );
  const suppressMs = readDuration(alerts, 'duplicateSuppression') ?? SUPPRESS_MS;
  return { suppressMs, smtp, http };
}

function readEach<T>(
  alerts: Reading,
  { name, label }: { name: string; label: string },
  read: (entry: Reading) => T | undefined,
): readonly T[] {
  const entries = readList(alerts, name, ALERTERS_MAX);
  if (entries === undefined) return [];
  const echoes: Json[] = [];
  alerts.echo[name] = echoes;
  return entries.flatMap((members, index) => {
    // Of several it has to be said which.
    const path = `${alerts.path}: ${label}${entries.length > 1 ? `[${index}]` : ''}`;
    if (!isObject(members)) {
      alerts.problems.hasMistyped = true;
      addProblem({ ...alerts, path }, `expected an object and got ${typeOf(members)}`);
      return [];
    }
    const echo: Record<string, Json> = {};
    echoes.push(echo);
    const settings = read({ members, path, echo, problems: alerts.problems });
    return settings === undefined ? [] : [settings];
  });
}
