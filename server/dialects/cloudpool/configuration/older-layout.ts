import type { Json, JsonObject } from '@poolkeeper/core';
import type { Problems } from './configuration-fault.ts';
import { isObject } from './reading.ts';

/** How a release line laid its configuration out: which member holds the name and the driver's part, and what the others are called. */
type Layout = {
  readonly releases: string;
  readonly root: string;
  readonly driver: string;
  readonly grow: string;
  readonly shrink: string;
};

const LAYOUTS: readonly Layout[] = [
  {
    releases: 'the layout of releases up to 4.1',
    root: 'cloudPool',
    driver: 'driverConfig',
    grow: 'scaleOutConfig',
    shrink: 'scaleInConfig',
  },
  {
    releases: 'the layout of the cloud adapters of 2014',
    root: 'scalingGroup',
    driver: 'config',
    grow: 'scaleUpConfig',
    shrink: 'scaleDownConfig',
  },
];

/** Words for the same policy in older releases. */
const POLICIES: Readonly<Record<string, string>> = { NEWEST_INSTANCE: 'NEWEST', OLDEST_INSTANCE: 'OLDEST' };

/**
 * A configuration in today's layout. One of an older release becomes what it means today where each of its members has one meaning;
 * what a driver makes of its own part is the driver's to say.
 *
 * Errors: problems that name the layout, the member, and what to write instead.
 */
export function liftOlderLayout(body: JsonObject, problems: Problems): JsonObject {
  if (isGiven(body, 'cloudApiSettings')) return body;
  const layout = LAYOUTS.find(({ root }) => isGiven(body, root));
  if (layout === undefined) return body;
  const add = (reason: string): void => void problems.texts.push(`${layout.root}: ${reason}`);
  const group = body[layout.root] as Json;
  const driver = isObject(group) ? group[layout.driver] : undefined;
  if (!isObject(group) || !isObject(driver)) {
    const { releases, root, driver: member } = layout;
    add(
      `unknown layout: in ${releases} it is ${root}{name, ${member}}; write name, cloudApiSettings and provisioningTemplate instead`,
    );
    return body;
  }
  const part = driverPart(body, { layout, driver, add });
  refuseWhatIsGone(body, add);
  const updates = updatesOf(body, add);
  const shrink = body[layout.shrink];
  const { alerts, poolFetch } = body;
  return {
    ...(isGiven(group, 'name') ? { name: group['name'] as Json } : {}),
    ...part,
    ...(isGiven(body, layout.shrink) ? { scaleInConfig: renamePolicy(shrink as Json) } : {}),
    ...(alerts === undefined ? {} : { alerts: liftAlerts(alerts) }),
    ...(poolFetch === undefined ? {} : { poolFetch }),
    ...updates,
  };
}

type Lifting = {
  readonly layout: Layout;
  readonly driver: JsonObject;
  readonly add: (reason: string) => void;
};

/** The driver's settings and the template: both in the driver's part, or the template in the section that says how to grow. */
function driverPart(body: JsonObject, { layout, driver, add }: Lifting): JsonObject {
  const { cloudApiSettings, provisioningTemplate } = driver;
  const grow = body[layout.grow];
  if (isObject(cloudApiSettings) && isObject(provisioningTemplate)) {
    if (grow !== undefined && grow !== null)
      add(`the template stands twice, in ${layout.driver} and in ${layout.grow}: leave one of them out`);
    return { cloudApiSettings, provisioningTemplate };
  }
  if (isObject(grow)) {
    const settings = isObject(cloudApiSettings) ? cloudApiSettings : driver;
    return { cloudApiSettings: settings, provisioningTemplate: liftTemplate(grow, layout.grow, add) };
  }
  add(
    `${layout.releases} without ${layout.grow} does not say what machines are made from: write name, cloudApiSettings and provisioningTemplate instead`,
  );
  return {};
}

/** Lines of a script that runs at the first boot are, encoded, what a machine is given for that today. */
function liftTemplate(grow: JsonObject, label: string, add: Lifting['add']): JsonObject {
  const { bootScript, extensions, ...template } = grow;
  if (extensions !== undefined && extensions !== null)
    add(`${label}.extensions has no place of its own: write its members into provisioningTemplate`);
  if (bootScript === undefined || bootScript === null) return template;
  const entries = (Array.isArray(bootScript) ? bootScript : [null]) as readonly Json[];
  const lines = entries.filter((line) => typeof line === 'string');
  if (lines.length !== entries.length)
    add(`${label}.bootScript has to be a list of lines: write encodedUserData, in base64, instead`);
  if (isGiven(template, 'encodedUserData'))
    add(`${label} has both bootScript and encodedUserData: leave one of them out`);
  return { ...template, encodedUserData: Buffer.from(lines.join('\n')).toString('base64') };
}

function refuseWhatIsGone(body: JsonObject, add: Lifting['add']): void {
  if (isGiven(body, 'liveness')) {
    add(
      'liveness tests over SSH are no part of a cloud pool any more, so nothing would replace what fails them: leave liveness out, and use health of a pool (poolkeeper pool set) if it is to go on',
    );
  }
}

/** `poolUpdatePeriod` is in seconds. */
function updatesOf(body: JsonObject, add: Lifting['add']): JsonObject {
  const { poolUpdate, poolUpdatePeriod } = body;
  if (!isGiven(body, 'poolUpdatePeriod')) return poolUpdate === undefined ? {} : { poolUpdate };
  if (isGiven(body, 'poolUpdate')) add('poolUpdate and poolUpdatePeriod say the same: leave one of them out');
  return { poolUpdate: { updateInterval: { time: poolUpdatePeriod as Json, unit: 'seconds' } } };
}

/** Alerts of one mail server, with its members beside them, are one entry of today's `smtp`. */
function liftAlerts(alerts: Json): Json {
  if (!isObject(alerts) || !isGiven(alerts, 'mailServer')) return alerts;
  const { mailServer, ...mail } = alerts;
  return { smtp: [{ ...mail, smtpClientConfig: mailServer as Json }] };
}

function renamePolicy(shrink: Json): Json {
  if (!isObject(shrink)) return shrink;
  const { victimSelectionPolicy: word } = shrink;
  const renamed = typeof word === 'string' && Object.hasOwn(POLICIES, word) ? POLICIES[word] : undefined;
  return renamed === undefined ? shrink : { ...shrink, victimSelectionPolicy: renamed };
}

function isGiven(members: JsonObject, name: string): boolean {
  return Object.hasOwn(members, name) && members[name] !== null;
}
