import type { CliContext } from '../context.ts';
import { colorsFor } from '../output.ts';

/** Where a server is and what it uses, as paths from the working directory. */
export type Place = {
  readonly url: string;
  readonly configFile: string;
  /** A program beside the configuration file that visits a leased web server. */
  readonly visitFile: string;
  readonly dataDirectory: string;
  /** Null: the environment gave the token. */
  readonly tokenFile: string | null;
};

const DATA_DIRECTORY_FOUND = 'poolkeeper-data';

/** What to type after `poolkeeper`, and what that shows. Each works as it stands, in the folder where the server was started. */
export function quickstartCommands({
  visitFile,
}: Pick<Place, 'visitFile'>): readonly (readonly [typed: string, what: string])[] {
  return [
    [
      `lease run --pool sandbox -- node ${shellWord(visitFile)}`,
      'leases one of three real web servers, fetches its page and gives it back',
    ],
    [
      "lease run --pool boards --match arch=arm64 -- sh -c 'env | grep ^POOLKEEPER_'",
      'leases a board with an ARM processor and shows what a command is told about it',
    ],
    ['pool list', 'shows both pools; kill a web server and see another one take its place'],
  ];
}

/** What a newcomer is told once the quickstart serves. */
export function quickstartGuide(place: Place, context: Pick<CliContext, 'stdout' | 'environment'>): string {
  const colors = colorsFor(context.stdout, context.environment);
  const isFound = place.dataDirectory === DATA_DIRECTORY_FOUND;
  const prefix = isFound
    ? 'npx poolkeeper'
    : `POOLKEEPER_DATA=${shellWord(place.dataDirectory)} npx poolkeeper`;
  const token =
    place.tokenFile ?? 'as POOLKEEPER_ADMIN_TOKEN gave it; set POOLKEEPER_TOKEN to it in the other terminal';
  return [
    '',
    colors.bold(`Poolkeeper serves at ${place.url}`),
    `  configuration  ${place.configFile}`,
    `  data           ${place.dataDirectory}`,
    `  admin token    ${token}`,
    '',
    'Three things to try, in another terminal in this folder:',
    ...quickstartCommands(place).flatMap(([command, what]) => [
      '',
      `  ${colors.green(`${prefix} ${command}`)}`,
      `    ${what}`,
    ]),
    '',
    `The API explains itself at ${place.url}/docs.`,
    'Ctrl-C ends the server and its web servers. The next start finds everything else as it was.',
    '',
  ].join('\n');
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
