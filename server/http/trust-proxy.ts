/** Which proxies in front are believed about who asks, at what address: all, none, so many of them, or those of these networks. */
export type TrustProxy = boolean | number | string | readonly string[];

/**
 * As the framework takes it.
 *
 * Shape: a number of proxies is trusted by counting, which is right where nobody reaches the server but through them. The framework
 * itself, given a number, trusts nobody.
 */
export function trustOf(
  trust: TrustProxy,
): boolean | string | string[] | ((address: string, hop: number) => boolean) {
  if (typeof trust === 'number') return (_address, hop) => hop < trust;
  return typeof trust === 'object' ? [...trust] : trust;
}
