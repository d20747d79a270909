import type { RunLogEntry } from '../../run-log/run-log-entry.ts';
import { instantText } from '../instant.ts';
import type { RunLogEntryBody } from '../schemas/run-log.ts';

/** An entry as the API shows it. */
export function viewRunLogEntry(entry: RunLogEntry): RunLogEntryBody {
  const { seq, at, name, step, attempt, stream, text } = entry;
  return { seq, at: instantText(at), step: name, index: step, attempt, stream, text };
}

/** The entries as a text for people: which attempt at which step put it out stands above it. */
export function logText(entries: readonly RunLogEntry[]): string {
  let text = '';
  let last: RunLogEntry | undefined;
  for (const entry of entries) {
    const isNew = last?.step !== entry.step || last.attempt !== entry.attempt;
    if (text !== '' && !text.endsWith('\n') && (isNew || entry.stream !== last?.stream)) text += '\n';
    if (isNew) text += `--- ${entry.name}, attempt ${entry.attempt}\n`;
    text += entry.stream === 'note' ? `poolkeeper: ${entry.text}` : entry.text;
    last = entry;
  }
  return text;
}
