import type { Json, JsonObject, VictimPolicy } from '@poolkeeper/core';
import { checkCertificateFiles } from './certificate-files.ts';
import type { CheckCertificate } from './certificate-files.ts';
import { ConfigurationFault, noProblems } from './configuration-fault.ts';
import type { CloudpoolConfiguration } from './configuration.ts';
import { readDriverObject } from './driver-object.ts';
import { liftOlderLayout } from './older-layout.ts';
import { readAlerts } from './read-alerts.ts';
import { readRounds } from './read-rounds.ts';
import { addMissing, addProblem, isGiven, isObject, readObject, readText, shown, typeOf } from './reading.ts';
import type { Reading } from './reading.ts';

/** Characters of the name of a pool: of a tag's value in every cloud that tags. */
const NAME_LENGTH_MAX = 255;
/** Control characters forge logs, and clouds refuse them in tags. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;
const POLICIES: Readonly<Record<string, VictimPolicy>> = { NEWEST: 'newest', OLDEST: 'oldest' };

/**
 * Reads the configuration of a cloud pool: checks all that is not a driver's own, and fills in defaults.
 *
 * Shape: documents of older releases are taken as what they mean today, where that is certain. `checkCertificate` looks at the files
 * that alerts name; what is stored was looked at when it came.
 * Units: milliseconds, within bounds that timers and schedules can take.
 * Errors: `ConfigurationFault`, which names every problem that was found.
 */
export function parseConfiguration(
  body: Json,
  checkCertificate: CheckCertificate = checkCertificateFiles,
): CloudpoolConfiguration {
  const problems = noProblems();
  if (!isObject(body)) {
    problems.hasMistyped = true;
    problems.texts.push(`expected a JSON object and got ${typeOf(body)}`);
    throw new ConfigurationFault(problems);
  }
  const members = liftOlderLayout(body, problems);
  if (problems.texts.length > 0) throw new ConfigurationFault(problems);
  const root: Reading = { members, path: '', echo: {}, problems };
  for (const name of ['name', 'cloudApiSettings', 'provisioningTemplate'])
    if (!isGiven(root, name)) addMissing(root, name);
  const name = readName(root);
  const cloudApiSettings = readDriverObject(root, 'cloudApiSettings');
  const provisioningTemplate = readDriverObject(root, 'provisioningTemplate');
  const victims = readVictims(root);
  const alerts = readAlerts(root, checkCertificate);
  const rounds = readRounds(root);
  if (problems.texts.length > 0) throw new ConfigurationFault(problems);
  const given: JsonObject = {};
  return {
    echo: root.echo,
    name: name ?? '',
    cloudApiSettings: cloudApiSettings ?? given,
    provisioningTemplate: provisioningTemplate ?? given,
    victims,
    rounds,
    alerts,
  };
}

function readName(root: Reading): string | undefined {
  const name = readText(root, 'name');
  if (name === undefined) return undefined;
  if (name === '') addProblem(root, 'name: must not be empty: it marks the machines of the pool');
  if (name.length > NAME_LENGTH_MAX) addProblem(root, `name: may have ${NAME_LENGTH_MAX} characters`);
  if (CONTROL.test(name)) addProblem(root, 'name: may have no control characters');
  return name;
}

/** Which machines go first when the pool shrinks. A word that is not known counts as none, as clients know it. */
function readVictims(root: Reading): VictimPolicy {
  const section = readObject(root, 'scaleInConfig');
  if (section === undefined) return 'newest';
  const word = readText(section, 'victimSelectionPolicy');
  const victims = word !== undefined && Object.hasOwn(POLICIES, word) ? POLICIES[word] : undefined;
  if (victims !== undefined) return victims;
  const not = word === undefined ? '' : ` (which '${shown(word)}' is not)`;
  addProblem(section, `missing victimSelectionPolicy: it is NEWEST or OLDEST${not}`);
  return 'newest';
}
