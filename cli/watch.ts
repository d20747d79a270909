import { ApiError, NoAnswerError } from '@poolkeeper/client';
import { kindOf } from './error-kind.ts';
import { explainError } from './explain-error.ts';
import { printJson, printJsonLine, printLine } from './output.ts';
import type { Session } from './runtime.ts';
import { Capture, Screen } from './screen.ts';

/** Between two looks at what is watched, in milliseconds. */
const PACE_MS = 1_000;

/** Something that can be looked at once, or watched. */
export type View<T> = {
  /** Asks the server. */
  readonly look: () => Promise<T>;
  /** What a program is given; the same as was found, where nothing is said. */
  readonly json?: (found: T) => unknown;
  /** Says it to people. */
  readonly print: (session: Session, found: T) => void;
};

/**
 * Shows a view once, or with `watch` until Ctrl-C: in place on a terminal; elsewhere, and as JSON, a block or a line for each
 * change.
 *
 * Errors: those of the first look; later ones that pass are shown, and the watch goes on.
 */
export async function present<T>(
  session: Session,
  view: View<T>,
  { watch = false }: { readonly watch?: boolean | undefined } = {},
): Promise<void> {
  if (watch) return watchView(session, view);
  const found = await view.look();
  if (session.isJson) printJson(session.context.stdout, view.json?.(found) ?? found);
  else view.print(session, found);
}

async function watchView<T>(session: Session, view: View<T>): Promise<void> {
  const { context } = session;
  const stop = new AbortController();
  const unwatch = context.onSignals(['SIGINT', 'SIGTERM'], () => stop.abort());
  const show = session.context.stdout.isTerminal && !session.isJson ? onScreen(session) : inBlocks(session);
  let found: T | undefined;
  try {
    while (!stop.signal.aborted && !context.stdout.isGone) {
      let trouble: string | undefined;
      try {
        found = await view.look();
      } catch (error) {
        if (found === undefined || !isPassing(error)) throw error;
        trouble = explainError(error).lines[0];
      }
      if (!stop.signal.aborted) show(view, found, trouble);
      await context.sleep(PACE_MS, stop.signal).catch(() => {});
    }
  } catch (error) {
    // Who ends the watch does not want to hear what became of the last look.
    if (!stop.signal.aborted) throw error;
  } finally {
    unwatch();
  }
}

type Show = <T>(view: View<T>, found: T, trouble: string | undefined) => void;

function onScreen(session: Session): Show {
  const { context, colors } = session;
  const screen = new Screen(context.stdout);
  return (view, found, trouble) => {
    const time = new Date(context.now()).toTimeString().slice(0, 8);
    const state =
      trouble === undefined ? colors.dim(`${time}, Ctrl-C ends`) : colors.red(`${trouble} Trying on.`);
    screen.draw(`${textOf(session, view, found)}\n${state}\n`);
  };
}

function inBlocks(session: Session): Show {
  const { context, isJson } = session;
  let seen = '';
  let hasTrouble = false;
  return (view, found, trouble) => {
    if (trouble !== undefined && !hasTrouble) printLine(context.stderr, `poolkeeper: ${trouble} Trying on.`);
    hasTrouble = trouble !== undefined;
    const value = view.json?.(found) ?? found;
    const text = JSON.stringify(value);
    if (text === seen) return;
    seen = text;
    if (isJson) return printJsonLine(context.stdout, value);
    context.stdout.write(`${new Date(context.now()).toISOString()}\n${textOf(session, view, found)}\n`);
  };
}

function textOf<T>(session: Session, view: View<T>, found: T): string {
  const capture = new Capture(session.context.stdout);
  view.print({ ...session, context: { ...session.context, stdout: capture, stderr: capture } }, found);
  return capture.text;
}

function isPassing(error: unknown): boolean {
  return error instanceof NoAnswerError || (error instanceof ApiError && kindOf(error) === 'unavailable');
}
