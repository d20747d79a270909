/** What stands for two bytes, and what follows a `U` where one of them is beyond ASCII: four digits to the base of 36. */
const DIGITS = /^(?:U?[0-9a-z]{4})+$/;
const PAIR = /(U?)([0-9a-z]{4})/g;

/**
 * Reads what Jetty calls obfuscated: each byte of a text hidden with the one that mirrors it. It keeps nothing secret, so that what is read
 * is treated like a text in the clear. Undefined for what is no such text.
 *
 * Source: `org.eclipse.jetty.util.security.Password` of Jetty 9: sum and difference with 127 added to each, or both bytes as they are.
 */
export function deobfuscate(text: string): string | undefined {
  if (!DIGITS.test(text)) return undefined;
  const bytes = [...text.matchAll(PAIR)].map(([, mark, digits = '']) => {
    const value = parseInt(digits, 36);
    const [high, low] = [Math.floor(value / 256), value % 256];
    return mark === 'U' ? high : (high + low - 254) / 2;
  });
  const isText = bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
  return isText ? Buffer.from(bytes).toString('utf8') : undefined;
}
