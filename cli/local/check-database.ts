import { inspectDatabase, StoreFailure } from '@poolkeeper/server';
import type { DatabaseState } from '@poolkeeper/server';
import type { CliContext } from '../context.ts';
import { ok, problem, warning } from '../doctor/finding.ts';
import type { Finding } from '../doctor/finding.ts';
import { EXIT } from '../exit-codes.ts';

/** A clock further off is told: replicas decide by the database's, people read their own. Milliseconds. */
const SKEW_MS_MAX = 1_000;
/** A replica opens six, and one more while it starts; during a restart there is one replica more. */
const CONNECTIONS_MIN = 7;

type Primary = NonNullable<DatabaseState['primary']>;

/** What replicas would find at their database. Nothing is written. */
export async function checkDatabase(
  { environment }: Pick<CliContext, 'environment'>,
  url: string,
): Promise<Finding[]> {
  try {
    return judgeDatabase(await inspectDatabase(url, environment));
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    const advice = 'Correct --database or POOLKEEPER_DATABASE.';
    return [problem('database', { message: error.message, advice, exitCode: EXIT.usage })];
  }
}

/** What is to be said of a database that was looked at. */
export function judgeDatabase(state: DatabaseState): Finding[] {
  const { primary } = state;
  const findings = checkHosts(state);
  if (primary === undefined) return findings;
  const ownSettings = checkDurability(primary, state.hosts.length > 1);
  return [
    ...findings,
    checkRights(primary),
    checkSchema(primary),
    ...ownSettings,
    checkClock(primary),
    checkRoom(primary),
  ];
}

function checkHosts({ name, hosts, primary }: DatabaseState): Finding[] {
  const findings = hosts.map(({ host, state }) => {
    if (state === 'primary')
      return ok('database', `${host} takes writes: PostgreSQL ${primary?.version ?? ''}.`);
    if (state === 'standby') return ok('database', `${host} is a standby; it is used once it is promoted.`);
    const message = `${host} cannot be used: ${state.message}.`;
    const advice = 'See whether it runs and has that database, its pg_hba.conf, and PGPASSWORD or ~/.pgpass.';
    return primary === undefined
      ? problem('database', { message, advice, exitCode: EXIT.unavailable })
      : warning('database', message, advice);
  });
  const primaries = hosts.filter(({ state }) => state === 'primary').length;
  if (primaries > 1) {
    findings.push(
      problem('database', {
        message: `${primaries} hosts of ${name} take writes: they are two databases, and each would have a world of its own.`,
        advice: 'Stop the one that was the primary before, and make it a standby of the other (pg_rewind).',
        exitCode: EXIT.conflict,
      }),
    );
  }
  if (primaries > 0 || findings.some(({ state }) => state === 'problem')) return findings;
  return [
    ...findings,
    problem('database', {
      message: `No host of ${name} takes writes: all are standbys.`,
      advice: 'Name the primary too, or promote one.',
      exitCode: EXIT.unavailable,
    }),
  ];
}

function checkRights({ mayWrite }: Primary): Finding {
  if (mayWrite) return ok('rights', 'This user may make and use the schema poolkeeper.');
  return problem('rights', {
    message: 'This user may neither make the schema poolkeeper nor use the one that is there.',
    advice:
      'As owner of the database: grant create on database NAME to USER; or alter schema poolkeeper owner to USER.',
    exitCode: EXIT.denied,
  });
}

function checkSchema({ found, latest }: Primary): Finding {
  if (found === 0) return ok('schema', 'There is no world yet; the first replica makes one.');
  if (found === latest) return ok('schema', `The world has schema ${found}.`);
  if (found < latest)
    return ok(
      'schema',
      `The world has schema ${found}, which the next start with this release brings to ${latest}.`,
    );
  return problem('schema', {
    message: `The world has schema ${found}, and this release knows ${latest}.`,
    advice: 'Use the release that wrote it, or a newer one.',
    exitCode: EXIT.unavailable,
  });
}

function checkDurability({ settings }: Primary, hasStandbys: boolean): Finding[] {
  const subject = 'durability';
  const findings: Finding[] = [];
  if (settings.fsync !== 'on') {
    findings.push(
      problem(subject, {
        message:
          'fsync is off: a crash of the machine loses what was acknowledged, and may damage everything.',
        advice: 'Set fsync = on in postgresql.conf, and reload.',
        exitCode: EXIT.unavailable,
      }),
    );
  }
  if (settings.full_page_writes !== 'on') {
    findings.push(
      warning(
        subject,
        'full_page_writes is off: a crash may damage pages, unless the file system writes them whole.',
        'Set full_page_writes = on, if you are not sure of that.',
      ),
    );
  }
  const isSynchronous = settings.synchronous_standby_names !== '';
  if (hasStandbys && !isSynchronous) {
    findings.push(
      warning(
        subject,
        'Standbys follow asynchronously: the last moments are lost when one is promoted. Replicas notice, and halt rather than lend twice.',
        'Set synchronous_standby_names to lose nothing; docs/high-availability.md says what it costs.',
      ),
    );
  }
  if (findings.length > 0) return findings;
  const raised =
    settings.synchronous_commit === 'on' || settings.synchronous_commit === 'remote_apply'
      ? ''
      : ` synchronous_commit is ${settings.synchronous_commit}; replicas set it to on for themselves.`;
  const where = isSynchronous ? 'on the primary and a standby' : 'on the primary';
  return [ok(subject, `What is acknowledged is on the disk ${where}.${raised}`)];
}

function checkClock({ skewMs, skewErrorMs }: Primary): Finding {
  const apartMs = Math.max(0, Math.abs(skewMs) - skewErrorMs);
  if (apartMs <= SKEW_MS_MAX)
    return ok('clock of the database', 'The clocks of this machine and of the database agree.');
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return warning(
    'clock of the database',
    `The clock of this machine is ${(apartMs / 1_000).toFixed(1)} s ${direction} the database's. Replicas decide by the database's.`,
    'Set the clocks by NTP.',
  );
}

function checkRoom({ connectionsLeft }: Primary): Finding {
  if (connectionsLeft >= CONNECTIONS_MIN)
    return ok('connections', `The database has room for ${connectionsLeft} connections.`);
  return warning(
    'connections',
    `The database has room for ${connectionsLeft} connections; one replica takes ${CONNECTIONS_MIN}.`,
    'Raise max_connections, or end what else uses it.',
  );
}
