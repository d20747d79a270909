import type { InputFault, Json } from '@poolkeeper/core';
import { hasReference } from './step-input.ts';

const SHELLS = new Set(['sh', 'ash', 'bash', 'busybox', 'dash', 'fish', 'ksh', 'mksh', 'zsh']);
const ADVICE =
  'a value that is filled in must never become text for a shell: give it in env, and write "$NAME" where it belongs, or in args, as "$1"';

/** Refuses references in text that a shell reads. */
export function shellTextFaults(pointer: string, text: Json | undefined): InputFault[] {
  return hasReference(text) ? [{ pointer, message: ADVICE }] : [];
}

/**
 * Refuses references in the text that a command hands to a shell: `["sh", "-c", "echo ${params.x}"]`.
 *
 * `parts`: the lists that make up the command, each by its pointer.
 */
export function shellCommandFaults(parts: Readonly<Record<string, Json | undefined>>): InputFault[] {
  const words = Object.entries(parts).flatMap(([pointer, list]) =>
    Array.isArray(list) ? list.map((word: Json, index) => ({ pointer: `${pointer}/${index}`, word })) : [],
  );
  const shell = words.findIndex(({ word }) => isShell(word));
  const flag = words.findIndex(
    ({ word }, index) => index > shell && typeof word === 'string' && /^-[a-z]*c$/.test(word),
  );
  const text = words[flag + 1];
  return shell === -1 || flag === -1 || text === undefined ? [] : shellTextFaults(text.pointer, text.word);
}

function isShell(word: Json): boolean {
  return typeof word === 'string' && SHELLS.has(word.slice(word.lastIndexOf('/') + 1));
}
