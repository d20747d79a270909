/** One step of a page: what a reader types, and what the page says that they see. */
export type Step = {
  /** Of the page, from 1: where the block begins. */
  readonly line: number;
  readonly commands: string;
  /** Null: the page shows nothing. */
  readonly shown: string | null;
};

/**
 * The steps of a page in their order: each block fenced as exactly `sh`, with the block fenced as `text` that follows before the
 * next one. Blocks with more behind the `sh`, such as `sh once`, are for readers alone.
 *
 * Errors: `Error` for a fence that is not closed, and for a second `text` behind one `sh`.
 */
export function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  const lines = page.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const fence = /^```(.*)$/.exec(lines[at] ?? '');
    if (fence === null) continue;
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new Error(`line ${at + 1}: this block is not closed`);
    const text = lines.slice(at + 1, end).join('\n');
    if (fence[1] === 'sh') steps.push({ line: at + 1, commands: text, shown: null });
    else if (fence[1] === 'text') showAt(steps, { line: at + 1, text });
    at = end;
  }
  return steps;
}

function showAt(steps: Step[], { line, text }: { line: number; text: string }): void {
  const step = steps.pop();
  if (step === undefined || step.shown !== null)
    throw new Error(`line ${line}: no commands lead to this text`);
  steps.push({ ...step, shown: text });
}

/** Commands that change nothing, so that a reader may type them again until they see what the page shows. */
const LOOK =
  /^(?:poolkeeper (?:pool|resource|lease|provider|event|token) (?:list|show|explain|tail)\b|cat |tail )/;

/** Does a step only look? */
export function isLook({ commands }: Step): boolean {
  return commands.split('\n').every((line) => LOOK.test(line));
}

/**
 * Text without what differs between two runs of the same: ids, made names, instants, times, ports, processes, sizes of files, and
 * how wide a column is.
 */
export function steadyText(text: string): string {
  return text
    .replaceAll(/\b(res|lse|tok)_[0-9a-z]{18}\b/g, '$1_ID')
    .replaceAll(/\b(web|scratch)-[0-9a-z]{6}\b/g, '$1-NAME')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'INSTANT')
    .replaceAll(/\b(?:in )?\d+[smhd](?: \d+[smhd])?(?: ago)?\b|\bnow\b/g, 'TIME')
    .replaceAll(/[\d.]+ s\b/g, 'TIME')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/process \d+/g, 'process PID')
    .replaceAll(/\d+ KiB/g, 'SIZE')
    .replaceAll(/ +/g, ' ')
    .replaceAll(/ $/gm, '')
    .trim();
}
