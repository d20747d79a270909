/**
 * The path as Go's multiplexer wants it: one slash where there are several, `.` and `..` walked, a slash at the end kept. A path that
 * is not so already is answered with a redirection to this one.
 */
export function cleanPath(path: string): string {
  if (!path.includes('//') && !path.includes('/.')) return path;
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  // As Go escapes it; browsers take a backslash for a slash, and two for another server.
  const clean = `/${kept.join('/')}`.replaceAll('\\', '%5C');
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
}
