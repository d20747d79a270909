/** What programs that a provider or a step starts inherit of the server's environment. Everything else stays behind: it may be secret. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'];
const SEARCH_PATH_DEFAULT = '/usr/local/bin:/usr/bin:/bin';

/** Where a program finds others and how it speaks; nothing else of the server's environment. */
export function inheritEnvironment(
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const environment: Record<string, string> = { PATH: SEARCH_PATH_DEFAULT };
  for (const name of INHERITED) {
    const value = own[name];
    if (value !== undefined && value !== '') environment[name] = value;
  }
  return environment;
}
