import type { ClusterView } from '../cluster/contract.ts';
import type { Forwarder } from '../cluster/forwarder.ts';
import { Front, IDLE_MS_TOLD, MAIN_LISTENER } from '../cluster/front.ts';
import { isLoopback } from '../dialect-server.ts';
import type { DialectUrls } from '../dialect-server.ts';
import type { Ground } from './ground.ts';
import type { ReplicaTenure } from './replica-tenure.ts';

/** How long a replica that stops hands requests on before it closes, in milliseconds: clients and proxies learn to go elsewhere. */
const LINGER_MS = IDLE_MS_TOLD;

/** Where clients reach a replica. Disposing keeps requests going for a while, then closes. */
export type Fronts = AsyncDisposable & { readonly url: string; readonly dialectUrls: DialectUrls };

export type FrontsInput = {
  readonly view: ClusterView;
  readonly forwarder: Forwarder;
  /** Of the tenure of now. */
  readonly local: (listener: string) => ReturnType<ReplicaTenure['listener']>;
};

/** Opens every listener that the settings name. Errors: those of listening. */
export async function openFronts(ground: Ground, input: FrontsInput): Promise<Fronts> {
  const { settings, files, machine, logger } = ground;
  const { timers, elapsed } = machine;
  const fronts: Front[] = [];
  await using opened = new AsyncDisposableStack();
  // All of them at the same time: each waits for a while.
  opened.defer(async () => void (await Promise.all(fronts.map((front) => front[Symbol.asyncDispose]()))));
  const open = async (
    name: string,
    listen: { readonly host: string; readonly port: number },
  ): Promise<string> => {
    const { local, ...shared } = input;
    const https = files.certificate;
    const front = new Front({
      ...shared,
      name,
      local: () => local(name),
      timers,
      elapsed,
      lingerMs: LINGER_MS,
      https,
    });
    fronts.push(front);
    return front.listen(listen);
  };
  const openDialect = async (
    name: string,
    listen: { readonly host: string; readonly port: number },
  ): Promise<string> => {
    const url = await open(name, listen);
    logger.info({ url, listener: name }, 'a listener of its own is served');
    if (!isLoopback(listen.host) && files.certificate === null)
      logger.warn({ listener: name }, 'IT IS SERVED WITHOUT TLS: passwords and tokens travel in the clear.');
    return url;
  };
  const cloudpool: string[] = [];
  for (const { pool, ...listen } of settings.cloudpoolListen)
    cloudpool.push(await openDialect(`cloudpool:${pool}`, listen));
  const boskos = settings.boskosListen === null ? [] : [await openDialect('boskos', settings.boskosListen)];
  const url = await open(MAIN_LISTENER, settings.listen);
  const running = opened.move();
  return {
    url,
    dialectUrls: { cloudpool, boskos, acctpool: [] },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
