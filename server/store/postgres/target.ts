import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { StoreFailure } from '../contract.ts';

const PORT = 5432;
const HOSTS_MAX = 16;
const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];

export type Host = { readonly host: string; readonly port: number };

/** Where the database is, and as whom it is used. */
export type Target = {
  /** The one that takes writes is looked for among them. */
  readonly hosts: readonly Host[];
  readonly user: string;
  /** Undefined: a password file of PostgreSQL is asked, or none is needed. */
  readonly password: string | undefined;
  readonly database: string;
  readonly ssl: { readonly mode: SslMode; readonly options: ConnectionOptions };
  /** For people and logs: without the password. */
  readonly name: string;
};

const URL_SHAPE =
  /^postgres(?:ql)?:\/\/(?:(?<login>[^/?#]*)@)?(?<hosts>[^/?#]*)(?:\/(?<database>[^?#]*))?(?:\?(?<query>[^#]*))?$/;

/**
 * Reads a URL such as `postgres://user:password@one:5432,two:5432/poolkeeper?sslmode=verify-full`; what it leaves out is taken from the
 * variables that PostgreSQL's own programs read (`PGHOST`, `PGPASSWORD` …).
 *
 * Errors: `StoreFailure` that says what is wrong, without the URL, which may have a password.
 */
export function readTarget(url: string, environment: NodeJS.ProcessEnv): Target {
  const parts = URL_SHAPE.exec(url)?.groups;
  if (parts === undefined) {
    throw new StoreFailure(
      'The URL of the database is not of the shape postgres://user:password@host:port/database. Write characters such as @ and / in a password as %40 and %2F.',
    );
  }
  const query = new URLSearchParams(parts['query'] ?? '');
  const [user, password] = readLogin(parts['login'] ?? '');
  const found = {
    user: user || query.get('user') || environment['PGUSER'] || environment['USER'] || 'poolkeeper',
    password: password || query.get('password') || environment['PGPASSWORD'],
    database: decode(parts['database'] ?? '') || query.get('dbname') || environment['PGDATABASE'],
  };
  const hosts = readHosts(parts['hosts'] ?? '', query, environment);
  const database = found.database ?? found.user;
  const names = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  return {
    hosts,
    user: found.user,
    password: found.password,
    database,
    ssl: readSsl(query, environment),
    name: `${database} at ${names.join(', ')}`,
  };
}

function readLogin(login: string): [string, string] {
  const colon = login.indexOf(':');
  return colon < 0 ? [decode(login), ''] : [decode(login.slice(0, colon)), decode(login.slice(colon + 1))];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StoreFailure(
      'The URL of the database has a % that is not followed by two hexadecimal digits. Write % itself as %25.',
    );
  }
}

function readHosts(listed: string, query: URLSearchParams, environment: NodeJS.ProcessEnv): readonly Host[] {
  const fallbackPorts = (query.get('port') ?? environment['PGPORT'] ?? '').split(',').filter(Boolean);
  const texts = (listed || query.get('host') || environment['PGHOST'] || 'localhost').split(',');
  if (texts.length > HOSTS_MAX)
    throw new StoreFailure(`The URL of the database names more than ${HOSTS_MAX} hosts.`);
  return texts.map((text, index) => {
    const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(decode(text)) ?? [];
    const number = Number(port ?? fallbackPorts[index] ?? fallbackPorts[0] ?? PORT);
    if ((bracketed ?? plain) === undefined || !Number.isInteger(number) || number < 1 || number > 65_535) {
      throw new StoreFailure(
        `The URL of the database names the host ${JSON.stringify(text)}, which is not of the shape host:port.`,
      );
    }
    return { host: bracketed || plain || 'localhost', port: number };
  });
}

function readSsl(query: URLSearchParams, environment: NodeJS.ProcessEnv): Target['ssl'] {
  const read = (name: string): string | undefined =>
    query.get(name) ?? environment[`PG${name.toUpperCase()}`] ?? undefined;
  const asked = read('sslmode') ?? 'prefer';
  const mode = SSL_MODES.find((each) => each === asked);
  if (mode === undefined) {
    throw new StoreFailure(
      `The database's sslmode is ${JSON.stringify(asked)}. Use one of ${SSL_MODES.join(', ')}.`,
    );
  }
  const authorities = readAuthorities(read('sslrootcert'), mode);
  // As PostgreSQL's own clients have it: who names authorities wants them asked.
  const isVerified =
    mode === 'verify-full' || mode === 'verify-ca' || (mode === 'require' && authorities !== undefined);
  return {
    mode,
    options: {
      rejectUnauthorized: isVerified,
      ...(authorities === undefined ? {} : { ca: authorities }),
      ...(isVerified && mode !== 'verify-full' ? { checkServerIdentity: () => undefined } : {}),
      ...readFileOf('sslcert', read('sslcert'), 'cert'),
      ...readFileOf('sslkey', read('sslkey'), 'key'),
    },
  };
}

function readAuthorities(path: string | undefined, mode: SslMode): string | undefined {
  if (path === 'system') return undefined;
  if (path !== undefined) return readFileOf('sslrootcert', path, 'ca')['ca'];
  if (mode !== 'verify-ca') return undefined;
  // Any certificate of any public authority would do otherwise, whoever's it is.
  throw new StoreFailure('sslmode=verify-ca needs sslrootcert=FILE, or use sslmode=verify-full.');
}

function readFileOf<K extends string>(
  setting: string,
  path: string | undefined,
  key: K,
): { [P in K]?: string } {
  if (path === undefined) return {};
  try {
    return { [key]: readFileSync(path, 'utf8') } as { [P in K]?: string };
  } catch (error) {
    throw new StoreFailure(
      `The file ${path} of the database's ${setting} cannot be read. Check its path and its rights.`,
      {
        cause: error,
      },
    );
  }
}
