import { parentPort, workerData } from 'node:worker_threads';
import { StaleTerm, StoreFailure } from '../contract.ts';
import type { KnownKey } from '../contract.ts';
import { Database } from './database.ts';
import type { CommitInput } from './database.ts';
import { asStoreFailure } from './failure.ts';
import type { Steps } from './steps.ts';
import type { SentError, ThreadInput, ThreadReply, ThreadRequest } from './protocol.ts';

/**
 * The thread that owns the database, so that no fsync holds up the server. Requests are served in the order in which they
 * come; what takes long (queries, pruning, folding) goes in steps, between which commits pass.
 */
const port = parentPort;
if (port === null) throw new Error('this file is started as a thread');

const tasks: { id: number; steps: Steps<unknown> }[] = [];
let isTurnComing = false;
let failures = 0;

const database = tryTo(0, () => new Database(workerData as ThreadInput));
if (database === undefined) port.close();
else {
  reply({ id: 0 });
  port.on('message', (request: ThreadRequest) => {
    serve(database, request);
    callTurn(database);
  });
}

function serve(db: Database, request: ThreadRequest): void {
  const { id } = request;
  switch (request.call) {
    case 'claim':
      return answer(id, () => db.claim());
    case 'commit':
      return answer(id, () => commit(db, request.input));
    case 'startLoad':
      return answer(id, () => db.startLoad());
    case 'loadPage':
      return answer(id, () => db.loadPage(request.input));
    case 'findEndedLease':
      return answer(id, () => db.findEndedLease(request.input));
    case 'listEndedLeases':
      return void tasks.push({ id, steps: db.listEndedLeases(request.input) });
    case 'findRun':
      return answer(id, () => db.findRun(request.input));
    case 'listRuns':
      return void tasks.push({ id, steps: db.listRuns(request.input) });
    case 'listTurnovers':
      return void tasks.push({ id, steps: db.listTurnovers(request.input) });
    case 'keepKeys':
      return answer(id, () => keepKeys(db, request.input));
    case 'listKeys':
      return answer(id, () => db.listKeys());
    case 'listEvents':
      return void tasks.push({ id, steps: db.listEvents(request.input) });
    case 'historyPage':
      return void tasks.push({ id, steps: db.historyPage(request.input) });
    case 'runLogPage':
      return answer(id, () => db.runLogPage(request.input));
    case 'appendRunLog':
      return answer(id, () => db.appendRunLog(request.input));
    case 'readRunLog':
      return answer(id, () => db.readRunLog(request.input));
    case 'endOfRunLog':
      return answer(id, () => db.endOfRunLog(request.input));
    case 'prune':
      return void tasks.push({ id, steps: db.prune(request.input) });
    case 'close':
      answer(id, () => close(db));
      return port?.close();
  }
}

/** A batch that was sent before its sender knew of a failure may build on what failed, so it fails as well. */
function commit(db: Database, input: CommitInput & { failuresSeen: number }): null {
  try {
    if (input.failuresSeen < failures) {
      throw new StoreFailure('An earlier change could not be written, so this one was not tried.');
    }
    db.commit(input);
    return null;
  } catch (error) {
    failures += 1;
    throw error;
  }
}

function keepKeys(db: Database, keys: readonly KnownKey[]): null {
  db.keepKeys(keys);
  return null;
}

function close(db: Database): null {
  while (tasks.length > 0) takeStep();
  db[Symbol.dispose]();
  return null;
}

/** Makes one step of what is under way, after the messages that are here by then. */
function callTurn(db: Database): void {
  if (isTurnComing || (tasks.length === 0 && !db.isFoldDue)) return;
  isTurnComing = true;
  setImmediate(() => {
    isTurnComing = false;
    if (tasks.length > 0) takeStep();
    else if (db.isFoldDue) foldInBackground(db);
    callTurn(db);
  });
}

function takeStep(): void {
  const task = tasks[0];
  if (task === undefined) return;
  const result = tryTo(task.id, () => task.steps.next());
  if (result !== undefined && result.done !== true) return;
  tasks.shift();
  if (result?.done === true) reply({ id: task.id, output: result.value });
}

/** Nobody waits for it, and nothing is lost when it fails: the journal is durable, and a later commit or query tries again. */
function foldInBackground(db: Database): void {
  try {
    db.foldStep();
  } catch {
    // The database remembers that it failed.
  }
}

function answer(id: number, work: () => unknown): void {
  const output = tryTo(id, () => ({ output: work() }));
  if (output !== undefined) reply({ id, ...output });
}

function tryTo<T>(id: number, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    reply({ id, error: sendable(error) });
    return undefined;
  }
}

function sendable(error: unknown): SentError {
  if (error instanceof StaleTerm) return { isStale: true, message: error.message, cause: undefined };
  const { message, cause } = asStoreFailure(error);
  return { isStale: false, message, cause };
}

function reply(message: ThreadReply): void {
  port?.postMessage(message);
}
