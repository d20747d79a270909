import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readCredential } from './credential.ts';
import { desCrypt } from './des-crypt.ts';
import { deobfuscate } from './obfuscation.ts';
import { readRealm } from './realm-file.ts';

const key = randomBytes(32);
const roles = (realm: string, user: string, password: string): string[] | undefined => {
  const found = readRealm(realm, key).login(user, password);
  return found === undefined ? undefined : [...found];
};

describe('a realm file', () => {
  test('lets a user in by the password, with the roles of the line', () => {
    const realm = 'admin: admin-secret,USER,ADMIN\nguest: hello\n';
    expect(roles(realm, 'admin', 'admin-secret')).toEqual(['USER', 'ADMIN']);
    expect(roles(realm, 'guest', 'hello')).toEqual([]);
    expect(roles(realm, 'admin', 'hello')).toBeUndefined();
    expect(roles(realm, 'admin', '')).toBeUndefined();
    expect(roles(realm, 'nobody', '')).toBeUndefined();
    expect(roles(realm, 'Admin', 'admin-secret')).toBeUndefined();
  });

  test('is read as a property file: comments, continued lines, escapes and other separators', () => {
    const realm = [
      '# a comment \\',
      '! another',
      '',
      '  one = first , A , B',
      'two: sec\\',
      '     ond,A',
      'three third,C',
      'fo\\=ur: f\\u00fcnf\\:6,D\r',
      'five:back\\\\',
      'six:6',
    ].join('\n');
    expect(roles(realm, 'one', 'first')).toEqual(['A', 'B']);
    expect(roles(realm, 'two', 'second')).toEqual(['A']);
    expect(roles(realm, 'three', 'third')).toEqual(['C']);
    expect(roles(realm, 'fo=ur', 'fünf:6')).toEqual(['D']);
    expect(roles(realm, 'five', 'back\\')).toEqual([]);
    expect(roles(realm, 'six', '6')).toEqual([]);
  });

  test('names every bad line by its number, and repeats no secret', () => {
    const realm = [
      'good: fine,A',
      'lonely',
      ': nameless',
      'bare:',
      'md: MD5:tooshort-secret',
      'ob: OBF:NOT-secret',
      'cr: CRYPT:$6$salt$secret',
      'good: again-secret',
    ].join('\n');
    expect(() => readRealm(realm, key)).toThrow(
      'line 2: "user: secret,ROLE" is needed; line 3: the name of the user is missing before the ":"; ' +
        'line 4: user "bare" has no secret; line 5: what follows MD5: has to be 32 hexadecimal digits; ' +
        'line 6: what follows OBF: was not written by the Password tool of Jetty; line 7: what follows CRYPT:',
    );
    expect(() => readRealm(realm, key)).toThrow('line 8: user "good" is there already');
    expect(() => readRealm(realm, key)).not.toThrow(/-secret|\$salt/);
    expect(() => readRealm('# nobody\n', key)).toThrow('there is no user in it');
  });

  test('tells whether anybody has a role', () => {
    const realm = readRealm('a: b,ONE\nc: d,TWO', key);
    expect([realm.hasRole('TWO'), realm.hasRole('THREE')]).toEqual([true, false]);
  });
});

describe('secrets', () => {
  test('in MD5, as Jetty and RFC 1321 have it', () => {
    expect(readCredential('MD5:5f4dcc3b5aa765d61d8327deb882cf99', key).fits('password')).toBe(true);
    expect(readCredential('MD5:5F4DCC3B5AA765D61D8327DEB882CF99', key).fits('password')).toBe(true);
    expect(readCredential('MD5:5f4dcc3b5aa765d61d8327deb882cf99', key).fits('passwort')).toBe(false);
    const umlaut = createHash('md5').update('müll').digest('hex');
    expect(readCredential(`MD5:${umlaut}`, key).fits('müll')).toBe(true);
  });

  // Of the documentation of Jetty: what its own tool writes.
  test.each([
    ['1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4', 'storepwd'],
    ['1u2u1wml1z7s1z7a1wnl1u2g', 'keypwd'],
    ['1v2j1uum1xtv1zej1zer1xtn1uvk1v1v', 'password'],
  ])('obfuscated as %s is %s', (written, password) => {
    expect(deobfuscate(written)).toBe(password);
    expect(readCredential(`OBF:${written}`, key).fits(password)).toBe(true);
    expect(readCredential(`OBF:${written}`, key).fits(`${password}x`)).toBe(false);
  });

  test('obfuscated beyond ASCII are read too', () => {
    // U, and both bytes to the base of 36: "é" is C3 A9 in UTF-8, each with its mirror.
    const pair = (a: number, b: number): string => `U${(a * 256 + b).toString(36).padStart(4, '0')}`;
    expect(deobfuscate(pair(0xc3, 0xa9) + pair(0xa9, 0xc3))).toBe('é');
    expect(deobfuscate('')).toBeUndefined();
    expect(deobfuscate('12')).toBeUndefined();
    expect(deobfuscate('zzzz')).toBeUndefined();
  });

  test('of crypt(3), by the example of the PHP manual: eight characters count', () => {
    expect(desCrypt(Buffer.from('rasmuslerdorf'), 'rl')).toBe('rl.3StKT.4T8M');
    const credential = readCredential('CRYPT:rl.3StKT.4T8M', key);
    expect(credential.fits('wrong')).toBe(false);
    expect(credential.fits('rasmuslerdorf')).toBe(true);
    expect(credential.fits('rasmuslerdorf')).toBe(true);
    expect(credential.fits('rasmusle')).toBe(true);
    expect(credential.fits('rasmusl')).toBe(false);
  });

  test('of crypt(3), as the C library of this machine makes them', async () => {
    const cases = [
      ['', 'ab'],
      ['a', './'],
      ['correct horse', 'zz'],
      ['pässwörd', 'Q7'],
      ['12345678', '9A'],
    ] as const;
    const program = 'print join("\\n", map { crypt($ARGV[$_ * 2], $ARGV[$_ * 2 + 1]) } 0 .. $#ARGV / 2)';
    const { stdout } = await promisify(execFile)('perl', ['-e', program, ...cases.flat()]);
    expect(cases.map(([password, salt]) => desCrypt(Buffer.from(password), salt))).toEqual(
      stdout.split('\n'),
    );
  });
});
