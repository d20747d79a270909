/** One terminal as it was captured: lines of text with the escapes of their colours. */
export type Terminal = { readonly title: string; readonly lines: readonly string[] };

const COLUMNS = 100;
/** In pixels, as are the numbers below. */
const CELL_WIDTH = 8.05;
const LINE_HEIGHT = 18;
const PADDING = 16;
const TITLE_HEIGHT = 34;
const GAP = 16;
const WIDTH = Math.ceil(COLUMNS * CELL_WIDTH + 2 * PADDING);

/** A dark terminal, on pages of either colour. */
const STYLE = `text{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:13.3px;fill:#e2e8f0;white-space:pre}
.title{font-family:system-ui,"DejaVu Sans",sans-serif;font-size:12.5px;fill:#94a3b8}
.b{font-weight:700}.d{fill:#94a3b8}.c31{fill:#f87171}.c32{fill:#4ade80}.c33{fill:#facc15}.c34{fill:#60a5fa}.c35{fill:#e879f9}.c36{fill:#22d3ee}`;

/**
 * Draws terminals of a hundred columns, one below the other.
 *
 * Shape: the text of an SVG document; colours and weights are those of the escapes, everything else of them is left out.
 */
export function drawTerminals(label: string, terminals: readonly Terminal[]): string {
  let top = 0;
  const drawn: string[] = [];
  for (const terminal of terminals) {
    const height = TITLE_HEIGHT + terminal.lines.length * LINE_HEIGHT + PADDING;
    drawn.push(drawTerminal(terminal, { top, height }));
    top += height + GAP;
  }
  const height = top - GAP;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeText(label)}" xml:space="preserve">`,
    `<style>${STYLE}</style>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function drawTerminal({ title, lines }: Terminal, { top, height }: { top: number; height: number }): string {
  const rows = spansOf(lines).map((spans, index) => {
    const y = top + TITLE_HEIGHT + (index + 1) * LINE_HEIGHT - 4;
    return `<text x="${PADDING}" y="${y}">${spans.map(drawSpan).join('')}</text>`;
  });
  return [
    `<rect x="0.5" y="${top + 0.5}" width="${WIDTH - 1}" height="${height - 1}" rx="8" fill="#0f172a" stroke="#334155"/>`,
    `<text x="${PADDING}" y="${top + 21}" class="title">${escapeText(title)}</text>`,
    ...rows,
  ].join('\n');
}

const segmenter = new Intl.Segmenter();

export type Span = { readonly text: string; readonly column: number; readonly classes: readonly string[] };

/** The parts of each line that look alike, with the column where each begins. What one line leaves open holds in the next. */
export function spansOf(lines: readonly string[]): Span[][] {
  let classes: string[] = [];
  return lines.map((line) => {
    const spans: Span[] = [];
    let column = 0;
    // oxlint-disable-next-line no-control-regex -- escapes are what this reads
    for (const part of line.split(/(\u001B\[[\d;]*m)/)) {
      if (part.startsWith('\u001B')) classes = part.slice(2, -1).split(';').reduce(afterCode, classes);
      else if (part !== '') {
        spans.push({ text: part, column, classes });
        column += Array.from(segmenter.segment(part)).length;
      }
    }
    return spans;
  });
}

/** What holds after one code of "select graphic rendition". */
function afterCode(classes: string[], code: string): string[] {
  const colorless = classes.filter((name) => !name.startsWith('c'));
  if (code === '' || code === '0') return [];
  if (code === '1') return [...classes, 'b'];
  if (code === '2') return [...classes, 'd'];
  if (code === '22') return classes.filter((name) => name !== 'b' && name !== 'd');
  if (/^3[0-7]$/.test(code)) return [...colorless, `c${code}`];
  return code === '39' ? colorless : classes;
}

/** Each part stands at its column, so that a font of another width does not shift what is behind it. */
function drawSpan({ text, column, classes }: Span): string {
  const look = classes.length === 0 ? '' : ` class="${classes.join(' ')}"`;
  const x = (PADDING + column * CELL_WIDTH).toFixed(1);
  return `<tspan x="${x}"${look}>${escapeText(text)}</tspan>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
