import { readCredentials, readSeverities, readTexts, readTimeout } from './alerter-members.ts';
import type { CheckCertificate } from './certificate-files.ts';
import type { CertificateCredentials, HttpAlertSettings } from './configuration.ts';
import { addMissing, addProblem, readObject, readText, shown } from './reading.ts';
import type { Reading } from './reading.ts';

const CONNECT_MS = 30_000;
const SILENCE_MS = 60_000;
const URLS_MAX = 20;
const URL_LENGTH_MAX = 2_048;

export function readHttpAlerter(alerter: Reading, checkCertificate: CheckCertificate): HttpAlertSettings {
  const auth = readObject(alerter, 'auth');
  const basic = auth && readObject(auth, 'basicCredentials');
  const certificate = auth && readObject(auth, 'certificateCredentials');
  return {
    urls: readTexts(alerter, 'destinationUrls', { entriesMax: URLS_MAX, fault: urlFault }),
    severities: readSeverities(alerter),
    basic: basic === undefined ? null : readCredentials(basic),
    certificate: certificate === undefined ? null : readCertificate(certificate, checkCertificate),
    connectMs: readTimeout(alerter, 'connectTimeout', CONNECT_MS),
    silenceMs: readTimeout(alerter, 'socketTimeout', SILENCE_MS),
  };
}

function urlFault(text: string | null): string | undefined {
  if (text === null) return 'URL cannot be null';
  const url = URL.parse(text);
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url === null || !isHttp || text.length > URL_LENGTH_MAX)
    return `illegal URL '${shown(withoutUser(text))}'`;
  if (url.username === '' && url.password === '') return undefined;
  return `illegal URL '${shown(withoutUser(text))}': a user and a password belong into auth.basicCredentials`;
}

/** What stands before an `@` may be a password. */
function withoutUser(text: string): string {
  const at = text.lastIndexOf('@');
  return at === -1 ? text : `…${text.slice(at)}`;
}

function readCertificate(section: Reading, check: CheckCertificate): CertificateCredentials | null {
  const type = readText(section, 'keystoreType');
  const path = readText(section, 'keystorePath');
  const credentials = {
    keyPath: readText(section, 'keyPath') ?? null,
    password: readText(section, 'keystorePassword') ?? null,
    keyPassword: readText(section, 'keyPassword') ?? null,
  };
  if (path === undefined) addMissing(section, 'keystorePath');
  if (type === 'JKS') {
    addProblem(
      section,
      'keystoreType JKS is not read here: convert it with "keytool -importkeystore -deststoretype PKCS12", or give PEM',
    );
    return null;
  }
  if (type !== undefined && type !== 'PKCS12' && type !== 'PEM') {
    addProblem(section, `No enum constant KeyStoreType.${shown(type)}: keystoreType is PKCS12 or PEM`);
    return null;
  }
  if (credentials.password === null && type !== 'PEM') addMissing(section, 'keystorePassword');
  if (path === undefined) return null;
  const certificate = { path, ...credentials };
  const wrong = check(certificate);
  if (wrong !== undefined) addProblem(section, wrong);
  return certificate;
}
