import { RESOURCE_STATUSES } from '@poolkeeper/core/words';
import { Option } from 'commander';
import type { Command } from 'commander';
import { lastEvents } from '../event/last-events.ts';
import { printEvents } from '../event/show-event.ts';
import { repeated } from '../option-values.ts';
import { addListOptions, addWatchOption, presentList } from '../present-list.ts';
import type { ListOptions, WatchOptions } from '../present-list.ts';
import { openSession } from '../runtime.ts';
import type { Runtime, Session } from '../runtime.ts';
import { present } from '../watch.ts';
import { addResourceActions } from './act-on-resources.ts';
import { addResourceChanges } from './change-resource.ts';
import { findResourceId, poolOfName } from './find-resource.ts';
import { printResource, printResourceExplanation, printResources } from './show-resource.ts';
import type { ShownResource } from './show-resource.ts';

/** Events that an explanation ends with. */
const EVENTS_SHOWN = 5;

/** `poolkeeper resource …` */
export function addResourceCommands(program: Command, runtime: Runtime): void {
  const resource = program.command('resource').description('see the members of pools, and act on them');
  addList(resource, runtime);
  addShow(resource, runtime);
  addExplain(resource, runtime);
  addEvents(resource, runtime);
  addResourceChanges(resource, runtime);
  addResourceActions(resource, runtime);
}

type ResourceListOptions = ListOptions & {
  readonly pool?: string;
  readonly status?: (typeof RESOURCE_STATUSES)[number];
  readonly provider?: string;
  readonly label?: readonly string[];
};

function addList(resource: Command, runtime: Runtime): void {
  addListOptions(resource.command('list').description('list resources'))
    .option('--pool <pool>', 'members of this pool')
    .addOption(new Option('--status <status>', 'those that are in this status').choices(RESOURCE_STATUSES))
    .option('--provider <provider>', 'those that this provider made')
    .option('--label <label=value>', 'those with this label; may be repeated', repeated)
    .action(async ({ pool, status, provider, label, ...options }: ResourceListOptions, self: Command) => {
      const session = openSession(runtime, self);
      const { resources } = session.client;
      const query = { pool, status, provider, label: label === undefined ? undefined : [...label] };
      await presentList(
        session,
        { pageAt: (paging) => resources.page({ ...query, ...paging }), print: printResources },
        options,
      );
    });
}

type OneOptions = WatchOptions & { readonly pool?: string };

function addShow(resource: Command, runtime: Runtime): void {
  addWatchOption(
    resource
      .command('show')
      .description('show one resource, and what may be done with it')
      .argument('<resource>', 'its id, or its name beside --pool'),
  )
    .option(...poolOfName)
    .action(async (reference: string, { pool, watch }: OneOptions, self: Command) => {
      const session = openSession(runtime, self);
      const id = await findResourceId(session.client, reference, pool);
      const json = ({ resource: shown }: ShownResource): object => shown;
      await present(session, { look: () => lookAt(session, id, 0), print: printResource, json }, { watch });
    });
}

function addExplain(resource: Command, runtime: Runtime): void {
  addWatchOption(
    resource
      .command('explain')
      .description('say what a resource does and waits for, and what to do about it')
      .argument('<resource>', 'its id, or its name beside --pool'),
  )
    .option(...poolOfName)
    .action(async (reference: string, { pool, watch }: OneOptions, self: Command) => {
      const session = openSession(runtime, self);
      const id = await findResourceId(session.client, reference, pool);
      const json = ({ explanation }: ShownResource): object => explanation;
      const look = (): Promise<ShownResource> => lookAt(session, id, EVENTS_SHOWN);
      await present(session, { look, print: printResourceExplanation, json }, { watch });
    });
}

function addEvents(resource: Command, runtime: Runtime): void {
  addListOptions(
    resource
      .command('events')
      .description('tell the life of a resource, oldest first')
      .argument('<resource>', 'its id, or its name beside --pool'),
  )
    .option(...poolOfName)
    .action(
      async (reference: string, { pool, ...options }: ListOptions & { pool?: string }, self: Command) => {
        const session = openSession(runtime, self);
        const id = await findResourceId(session.client, reference, pool);
        const { resources } = session.client;
        await presentList(
          session,
          {
            pageAt: (paging) => resources.eventsPage(id, paging),
            print: (where, events) => printEvents(where, events, 'Nothing is remembered of it.'),
          },
          options,
        );
      },
    );
}

async function lookAt({ client, isJson }: Session, id: string, eventCount: number): Promise<ShownResource> {
  const [resource, explanation, events] = await Promise.all([
    client.resources.get(id),
    client.resources.explain(id),
    // Programs have a command of their own for them.
    eventCount === 0 || isJson ? [] : lastEvents(client, { resource: id }, eventCount),
  ]);
  return { resource, explanation, events };
}
