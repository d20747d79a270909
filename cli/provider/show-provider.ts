import type { Provider } from '@poolkeeper/client';
import { formatInstant, formatRelative } from '../format-time.ts';
import { formatPairs } from '../format-value.ts';
import { paintStatus, printLine, printText } from '../output.ts';
import type { Colors } from '../output.ts';
import { printFacts, printTable } from '../runtime.ts';
import type { Session } from '../runtime.ts';

/** Providers, one each line. */
export function printProviders(session: Session, providers: readonly Provider[]): void {
  const { colors, context } = session;
  const now = context.now();
  printTable(
    session,
    [
      { title: 'PROVIDER', text: ({ name }) => name, isKept: true },
      { title: 'DRIVER', text: ({ driver }) => driver },
      {
        title: 'STATE',
        text: ({ state }) => state,
        paint: (text) => paintState(colors, text),
        isKept: true,
      },
      { title: 'UNTIL', text: ({ until }) => formatRelative(until, now) },
      { title: 'RUNNING', text: ({ running }) => String(running), isNumber: true, isKept: true },
      { title: 'WAITING', text: ({ waiting }) => String(waiting), isNumber: true, isKept: true },
      { title: 'POOLS', text: ({ poolCount }) => String(poolCount), isNumber: true, isKept: true },
      { title: 'LAST ERROR', text: ({ lastError }) => lastError?.message ?? '', isExtra: true },
    ],
    providers,
    'No providers. Name them in a configuration file: poolkeeper apply -f FILE.',
  );
}

/** One provider: what goes on, then how much is asked of it, and for whom. */
export function printProvider(session: Session, provider: Provider): void {
  const { colors, context } = session;
  const { lastError, lastObserve, limits } = provider;
  const now = context.now();
  printText(context.stdout, provider.summary);
  printText(context.stdout, adviceOnProvider(provider));
  printLine(context.stdout, '');
  printFacts(session, [
    ['provider', provider.name],
    ['driver', provider.driver],
    ['state', provider.state, (text) => paintState(colors, text)],
    ['until', formatInstant(provider.until, now)],
    ['limits', limits === null ? '' : formatPairs(limits)],
    ['jobs', `${provider.running} under way, ${provider.waiting} wait`],
    ['attempts', formatPairs(provider.attempts)],
    ['last error', lastError === null ? '' : `${lastError.message} (${formatRelative(lastError.at, now)})`],
    ['last look', lastObserve === null ? '' : describeLook(lastObserve, now)],
  ]);
  if (provider.pools.length === 0) return;
  printLine(context.stdout, '');
  printTable(
    session,
    [
      { title: 'POOL', text: ({ name }) => name, isKept: true },
      {
        title: 'MEMBERS',
        text: ({ members, target }) => (target === null ? String(members) : `${members}/${target}`),
        isNumber: true,
        isKept: true,
      },
      { title: 'UNMADE', text: ({ unmade }) => String(unmade), isNumber: true, isKept: true },
      { title: 'LEAVING', text: ({ leaving }) => String(leaving), isNumber: true, isKept: true },
      {
        title: 'HELD',
        text: ({ held }) => (held === 0 ? '' : String(held)),
        paint: (text) => colors.red(text),
        isNumber: true,
      },
    ],
    provider.pools,
    '',
  );
}

/** Of a pool "open" is good; of what guards a provider it is not. */
function paintState(colors: Colors, state: string): string {
  return state === 'open' ? colors.red(state) : paintStatus(colors, state);
}

function describeLook(
  { at, things, failures, error }: NonNullable<Provider['lastObserve']>,
  now: number,
): string {
  const seen = at === null ? 'none has succeeded yet' : `saw ${things}, ${formatRelative(at, now)}`;
  return failures === 0
    ? seen
    : `${seen}; failed ${failures} times since${error === null ? '' : `: ${error}`}`;
}

/** What a person can do about how a provider does: one sentence. */
function adviceOnProvider({ state, name, makes }: Provider): string {
  switch (state) {
    case 'ok':
      return makes
        ? 'There is nothing to do.'
        : 'Its resources are registered: poolkeeper resource register.';
    case 'failing':
      return 'Look at the last error; it goes on by itself until it has failed too often in a row.';
    case 'paused':
      return `Give the account "${name}" more room, or make its pools smaller; it is tried again by itself.`;
    case 'open':
    case 'half-open':
      return 'Look at the last error and mend what it names; it is tried again by itself.';
  }
}
