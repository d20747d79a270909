import { canonicalJson } from '@poolkeeper/core';
import type { Json, JsonObject } from '@poolkeeper/core';
import type { Expectation } from '../../schemas/steps/http.ts';
import type { Answer } from './send-request.ts';

/** Characters of a value that a fault or the evidence repeats. */
const SHOWN_LENGTH_MAX = 200;

/** What was looked at, and what of it is not as it should be; null where all is. */
export type AnswerCheck = { readonly seen: JsonObject; readonly fault: string | null };

/** Compares an answer with what it has to be; all that is said has to hold. */
export function checkAnswer(answer: Answer, expected: Expectation): AnswerCheck {
  const faults: string[] = [];
  const seen: Record<string, Json> = { status: answer.status };
  const statuses = typeof expected.status === 'number' ? [expected.status] : expected.status;
  const isStatusGood = statuses?.includes(answer.status) ?? (answer.status >= 200 && answer.status < 300);
  if (!isStatusGood)
    faults.push(`the status is ${answer.status} and not ${statuses?.join(' or ') ?? '200 to 299'}`);
  const cut = answer.isCut ? `; only the first ${answer.body.length} bytes were looked at` : '';
  if (expected.contains !== undefined && !answer.text.includes(expected.contains)) {
    faults.push(`the body does not contain ${shorten(JSON.stringify(expected.contains))}${cut}`);
  }
  if (expected.json !== undefined) {
    const { values, fault } = checkValues(answer, expected.json);
    seen['json'] = values;
    if (fault !== null) faults.push(`${fault}${cut}`);
  }
  return { seen, fault: faults.length === 0 ? null : faults.join(', and ') };
}

function checkValues(
  answer: Answer,
  expected: Readonly<Record<string, Json>>,
): { values: JsonObject; fault: string | null } {
  const body = parse(answer.text);
  if (body === undefined) return { values: {}, fault: 'the body is no JSON' };
  const values: Record<string, Json> = {};
  const faults: string[] = [];
  for (const [pointer, wanted] of Object.entries(expected)) {
    const value = findAt(body, pointer);
    if (value !== undefined) values[pointer] = showable(value);
    if (value === undefined) faults.push(`there is nothing at ${pointer === '' ? '""' : pointer}`);
    else if (canonicalJson(value) !== canonicalJson(wanted)) {
      faults.push(
        `${pointer} is ${shorten(JSON.stringify(value))} and not ${shorten(JSON.stringify(wanted))}`,
      );
    }
  }
  return { values, fault: faults.length === 0 ? null : faults.join(', and ') };
}

/** RFC 6901. */
function findAt(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(found)) found = /^(0|[1-9]\d*)$/.test(name) ? (found[Number(name)] as Json) : undefined;
    else if (typeof found === 'object' && found !== null) {
      found = Object.hasOwn(found, name) ? (found as JsonObject)[name] : undefined;
    } else return undefined;
  }
  return found;
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function showable(value: Json): Json {
  const text = JSON.stringify(value);
  return text.length <= SHOWN_LENGTH_MAX ? value : shorten(text);
}

function shorten(text: string): string {
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX)}…`;
}
