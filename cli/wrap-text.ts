/** Narrower than this nothing can be read, and lines are left to the terminal. Characters. */
const WIDTH_MIN = 24;

/** A command in quotes is one word: who copies it wants it whole. */
const WORDS = /(?:"[^"]*"|[^\s"]|"(?![^"]*"))+/g;

/** Breaks text between words into lines of at most `width` characters; a word that is longer has a line of its own. */
export function wrapText(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, Math.max(WIDTH_MIN, width)));
}

function wrapLine(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(WORDS) ?? []) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
