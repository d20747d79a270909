import type { Logger } from '../../logger.ts';

/** A logger that keeps what it is told: of each message its fields and its text. */
export function aRecorder(): { readonly logger: Logger; readonly said: [fields: object, message: string][] } {
  const said: [object, string][] = [];
  const take = (fields: object | string, message = ''): void => {
    said.push(typeof fields === 'string' ? [{}, fields] : [fields, message]);
  };
  return { logger: { debug: take, info: take, warn: take, error: take }, said };
}
