import type { Cluster } from '@poolkeeper/client';
import { formatRelative, formatSpan } from '../format-time.ts';
import { printLine, printText } from '../output.ts';
import { printFacts, printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';

/** A clock further off is painted: replicas warn of it too. Milliseconds. */
const SKEW_MS_MAX = 1_000;
const SECOND_MS = 1_000;

type Halt = NonNullable<Cluster['halt']>;

/** How the replicas stand, for people. */
export function printCluster(session: Session, cluster: Cluster): void {
  const { context, colors } = session;
  if (cluster.mode === 'single') {
    printLine(context.stdout, 'One server with a database of its own: there are no replicas.');
    return;
  }
  const { keeper, term, batch, self, replicas, halt } = cluster;
  printFacts(session, [
    ['keeper', keeper?.name ?? 'nobody', keeper === null ? colors.red : colors.green],
    ['term', String(term)],
    ['batch', String(batch)],
    ['asked', `${self.name}, ${self.role}`],
  ]);
  printLine(context.stdout, '');
  printReplicas(session, cluster);
  if (!cluster.isDatabaseReached) {
    say(session, 'The database did not answer: this is what the replica that was asked knows by itself.');
  }
  if (halt !== null) for (const line of describeHalt(halt, context.now())) say(session, line);
  else if (keeper === null)
    say(session, 'Nobody keeps the world now. A replica takes it within seconds of the database answering.');
  else if (replicas.length === 1)
    say(session, 'There is no other replica: nobody takes over when this one ends.');
}

function say({ context }: Session, text: string): void {
  printLine(context.stdout, '');
  printText(context.stdout, text);
}

function printReplicas(session: Session, { keeper, replicas, halt }: Cluster): void {
  const { colors } = session;
  const roleOf = (id: string): string => {
    if (halt !== null) return 'halted';
    return id === keeper?.id ? 'keeper' : 'follower';
  };
  printTable(
    session,
    [
      { title: 'REPLICA', text: ({ name }) => name, isKept: true },
      {
        title: 'ROLE',
        text: ({ id }) => roleOf(id),
        paint: (text) => (text === 'keeper' ? colors.green(text) : text),
        isKept: true,
      },
      {
        title: 'BEHIND',
        // Who is halted reads nothing.
        text: ({ lagBatches }) => (halt === null ? String(lagBatches) : '-'),
        isNumber: true,
      },
      {
        title: 'CLOCK',
        text: ({ skewMs }) => formatSkew(skewMs),
        paint: (text, { skewMs }) => (Math.abs(skewMs) > SKEW_MS_MAX ? colors.yellow(text) : text),
        isNumber: true,
      },
      {
        title: 'SEEN',
        text: ({ seenMsAgo }) => (seenMsAgo < SECOND_MS ? 'now' : `${formatSpan(seenMsAgo)} ago`),
      },
      { title: 'VERSION', text: ({ version }) => version },
      { title: 'ADDRESS', text: ({ address }) => address, isExtra: true },
    ],
    replicas,
    'No replica has told of itself lately.',
  );
}

/** `+1.2s` is ahead. */
function formatSkew(skewMs: number): string {
  const sign = skewMs < 0 ? '-' : '+';
  return `${sign}${(Math.abs(skewMs) / SECOND_MS).toFixed(Math.abs(skewMs) < SECOND_MS ? 3 : 1)}s`;
}

/** What a halt means, in sentences. */
export function describeHalt({ at, by, seen, found }: Halt, now: number): string[] {
  return [
    `HALTED ${formatRelative(at, now)}: the database went back. ${by} had seen batch ${seen.batch} of term ${seen.term}, and found batch ` +
      `${found.batch} of term ${found.term}; what was acknowledged in between is lost. Nobody decides until a person has looked.`,
    'Put the newer database back if it is whole; else see who was lent something in those moments, and then: poolkeeper cluster resume --accept-loss',
  ];
}
