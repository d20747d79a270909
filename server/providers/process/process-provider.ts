import type { JsonObject, Observation } from '@poolkeeper/core';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import type { CreateRequest, DestroyRequest, Provider } from '../contract.ts';
import { endProcesses } from './ending.ts';
import { chooseFreePort } from './free-port.ts';
import { forgetProcess, isUp, loadProcess, membersOf } from './managed-process.ts';
import type { ManagedProcess } from './managed-process.ts';
import { observeProcess, observeRecord, observeStray } from './observing.ts';
import { boundLog } from './output-log.ts';
import { HOST } from './process-context.ts';
import type { ProcessContext } from './process-context.ts';
import type { RunningProcess } from './process-table.ts';
import { isSafeId, listFolders, readLeader, removeFolder, removeLeader, writeRecord } from './record.ts';
import { Turns } from '../turns.ts';
import { awaitLeader, awaitReady, startProcess } from './starting.ts';
import { readTemplate } from './template.ts';
import type { ProcessTemplate } from './template.ts';

/** How long a call waits for processes to end before it answers that they are going. Milliseconds. */
const END_WAIT_MS = 5_000;
/** Processes that are looked at at once. */
const LOOKS_AT_ONCE_MAX = 16;
/** When all end with the server: killed after so long at most, and waited for so long at most. Milliseconds. */
const STOP_ALL_KILL_MS = 8_000;
const STOP_ALL_WAIT_MS = 12_000;

/** See `process-driver.ts`. */
export class ProcessProvider implements Provider {
  readonly driver = 'process';
  readonly makes = true;
  readonly #context: ProcessContext;
  readonly #managed = new Map<string, ManagedProcess>();
  readonly #turns = new Turns();
  readonly #closing = new AbortController();
  readonly #listeners: (() => void)[] = [];
  /** Ports given out by this server: theirs before they are on record. */
  readonly #ports = new Map<string, number>();

  private constructor(context: Omit<ProcessContext, 'noteChange'>) {
    this.#context = { ...context, noteChange: () => this.#noteChange() };
  }

  static async open(context: Omit<ProcessContext, 'noteChange'>): Promise<ProcessProvider> {
    const provider = new ProcessProvider(context);
    for (const id of await listFolders(context.root)) {
      provider.#managed.set(id, loadProcess(context.root, id));
    }
    return provider;
  }

  get stopsWithServer(): boolean {
    return this.#context.stopOnDispose;
  }

  get name(): string {
    return this.#context.name;
  }

  checkTemplate(template: JsonObject | null): readonly { pointer: string; message: string }[] {
    const checked = readTemplate(template);
    return 'faults' in checked ? checked.faults : [];
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Starts a process and waits until it is ready; takes up the one that an earlier attempt started. */
  async create(request: CreateRequest, signal: AbortSignal): Promise<Observation> {
    const { id } = request.resource;
    const checked = readTemplate(request.template);
    if ('faults' in checked) {
      const list = checked.faults.map(({ pointer, message }) => `template${pointer}: ${message}`);
      throw new ProviderRefused(list.join(' '));
    }
    if (!isSafeId(id))
      throw new ProviderRefused(`The resource id ${JSON.stringify(id)} cannot name a folder.`);
    return this.#takeTurn(id, signal, (until) => this.#create(request, checked.template, until));
  }

  /** Ends everything that was started for the resource, and removes its folder when that is proven. */
  async destroy(request: DestroyRequest, signal: AbortSignal): Promise<'gone' | 'going'> {
    const { id } = request.resource;
    if (!isSafeId(id)) return 'gone';
    return this.#takeTurn(id, signal, async (until) => {
      const managed = this.#require(id);
      if ((await this.#end(managed, until)) === 'going') return 'going';
      await removeFolder(managed.folder);
      this.#managed.delete(id);
      this.#ports.delete(id);
      return 'gone';
    });
  }

  async observe(signal: AbortSignal): Promise<readonly Observation[]> {
    const until = this.#until(signal);
    until.throwIfAborted();
    const running = await this.#context.table.list();
    for (const managed of this.#managed.values()) managed.members = membersOf(managed, running);
    const recorded = [...this.#managed.values()].filter(({ record }) => record !== undefined);
    const observations: Observation[] = [];
    for (let at = 0; at < recorded.length; at += LOOKS_AT_ONCE_MAX) {
      const slice = recorded.slice(at, at + LOOKS_AT_ONCE_MAX);
      observations.push(...(await Promise.all(slice.map((managed) => this.#look(managed, until)))));
    }
    return [...observations, ...this.#strays(running)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new ProviderTransient(`Provider ${this.name} is closed.`));
    this.#listeners.length = 0;
    await this.#turns.ended();
    if (this.#context.stopOnDispose) await this.#endAll();
  }

  async #create(
    request: CreateRequest,
    template: ProcessTemplate,
    signal: AbortSignal,
  ): Promise<Observation> {
    const { resource } = request;
    const { table } = this.#context;
    const managed = this.#require(resource.id);
    managed.leader ??= readLeader(managed.folder);
    if (!isUp(managed, table) || managed.record === undefined || managed.record.stopAskedAt !== null) {
      const suspended = managed.record?.isSuspended === true ? managed.record : undefined;
      await this.#clear(managed, signal);
      const port = await this.#choosePort(resource.id, suspended?.port);
      const keepsWork = suspended !== undefined;
      await startProcess(managed, { resource, template, port, keepsWork }, this.#context);
      await awaitLeader(managed, this.#context, signal);
    }
    if (managed.record?.readyAt === null) {
      try {
        await awaitReady(managed, this.#context, signal);
      } catch (error) {
        // An aborted attempt leaves the process to the next one. One that failed is of no use to it; what of it does
        // not end soon is ended by the next attempt.
        if (!signal.aborted) await this.#clear(managed, signal).catch(() => {});
        throw error;
      }
    }
    return observeRecord(managed, table);
  }

  async #look(managed: ManagedProcess, signal: AbortSignal): Promise<Observation> {
    const { table, timers, logger } = this.#context;
    try {
      await boundLog(managed.folder.output);
    } catch (error) {
      logger.warn({ provider: this.name, resource: managed.id, err: error }, 'a log file could not be cut');
    }
    return observeProcess(managed, { table, timers, signal });
  }

  /** Ends what is left of an earlier attempt, so that the next one starts with nothing. */
  async #clear(managed: ManagedProcess, signal: AbortSignal): Promise<void> {
    if ((await this.#end(managed, signal)) === 'going') {
      throw new ProviderTransient('Processes of an earlier attempt have not ended yet.');
    }
    await removeLeader(managed.folder);
    forgetProcess(managed);
  }

  #end(managed: ManagedProcess, signal: AbortSignal): Promise<'gone' | 'going'> {
    const killAfterMsMax = Number.POSITIVE_INFINITY;
    return endProcesses(managed, { ...this.#context, signal, waitMs: END_WAIT_MS, killAfterMsMax });
  }

  async #endAll(): Promise<void> {
    const { signal } = new AbortController();
    const running = await this.#context.table.list();
    for (const { resource } of this.#strays(running)) this.#require(resource);
    const ends = [...this.#managed.values()].map((managed) => this.#suspend(managed, signal));
    const results = await Promise.all(ends);
    const left = results.filter((result) => result === 'going').length;
    if (left > 0) {
      this.#context.logger.error({ provider: this.name, left }, 'processes could not be ended in time');
    }
  }

  /** Ends a resource's processes with the server. What was not asked to end before is started again by the next `create`. */
  async #suspend(managed: ManagedProcess, signal: AbortSignal): Promise<'gone' | 'going'> {
    const { record } = managed;
    const ended = await endProcesses(managed, {
      ...this.#context,
      signal,
      waitMs: STOP_ALL_WAIT_MS,
      killAfterMsMax: STOP_ALL_KILL_MS,
    });
    if (ended === 'going' || record === undefined || record.stopAskedAt !== null) return ended;
    await removeLeader(managed.folder);
    await writeRecord(managed.folder, { ...record, readyAt: null, isSuspended: true });
    return ended;
  }

  async #choosePort(id: string, preferred?: number): Promise<number> {
    const { ports: range, random } = this.#context;
    this.#ports.delete(id);
    const taken = new Set(this.#ports.values());
    for (const other of this.#managed.values()) {
      if (other.id !== id && other.record !== undefined) taken.add(other.record.port);
    }
    const port = await chooseFreePort({ host: HOST, range, taken, random, preferred });
    this.#ports.set(id, port);
    return port;
  }

  /** Processes with our tag of resources without a record: what is left when files were lost. */
  #strays(running: readonly RunningProcess[]): Observation[] {
    const pids = new Map<string, number[]>();
    for (const { resource, pid, isZombie } of running) {
      if (resource === null || isZombie || !isSafeId(resource)) continue;
      if (this.#managed.get(resource)?.record !== undefined) continue;
      pids.set(resource, [...(pids.get(resource) ?? []), pid]);
    }
    return [...pids].map(([id, list]) => observeStray(id, list));
  }

  #require(id: string): ManagedProcess {
    const known = this.#managed.get(id);
    if (known !== undefined) return known;
    const managed = loadProcess(this.#context.root, id);
    this.#managed.set(id, managed);
    return managed;
  }

  #takeTurn<T>(id: string, signal: AbortSignal, work: (until: AbortSignal) => Promise<T>): Promise<T> {
    return this.#turns.take(id, this.#until(signal), work);
  }

  #until(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal]);
  }

  #noteChange(): void {
    for (const listener of this.#listeners) listener();
  }
}
