import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../../testing/real-parts.ts';

export const PASSWORD = 'of-the-store';

/** An authority, a server and clients in a folder of their own, made by `openssl`. Disposing removes the folder. */
export class TestCertificates implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'poolkeeper-certificates-'));

  path = (name: string): string => join(this.folder, name);

  /** `ca.pem`, `server.pem` for 127.0.0.1 and `client.pem` of that authority, and `stranger.pem` of nobody; keys beside them. */
  static async make(): Promise<TestCertificates> {
    const made = new TestCertificates();
    await made.#selfSigned('ca');
    await made.#selfSigned('stranger');
    await made.#issue('server');
    await made.#issue('client');
    return made;
  }

  /** Runs `openssl` with words that have spaces between them. */
  openssl(line: string): Promise<string> {
    return command('openssl', ...line.split(' '));
  }

  /** A PKCS12 file of a certificate with its key; `more`: further options of `openssl pkcs12`. */
  async pkcs12(name: string, of: string, more = ''): Promise<string> {
    const key = more.includes('-nokeys') ? '' : ` -inkey ${this.path(`${of}.key`)}`;
    const file = this.path(name);
    const [what, how] = [`-in ${this.path(`${of}.pem`)}${key}`, more === '' ? '' : ` ${more}`];
    await this.openssl(`pkcs12 -export ${what} -out ${file} -passout pass:${PASSWORD}${how}`);
    return file;
  }

  async #selfSigned(name: string): Promise<void> {
    const [cert, key] = [this.path(`${name}.pem`), this.path(`${name}.key`)];
    const kind = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
    await this.openssl(`req -x509 ${kind} -keyout ${key} -out ${cert} -subj /CN=${name} -days 2`);
  }

  async #issue(name: string): Promise<void> {
    const [cert, key, request] = [
      this.path(`${name}.pem`),
      this.path(`${name}.key`),
      this.path(`${name}.csr`),
    ];
    const extensions = this.path(`${name}.ext`);
    writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    await this.openssl(`req -newkey rsa:2048 -nodes -keyout ${key} -out ${request} -subj /CN=${name}`);
    const authority = `-CA ${this.path('ca.pem')} -CAkey ${this.path('ca.key')} -CAcreateserial`;
    await this.openssl(`x509 -req -in ${request} ${authority} -out ${cert} -days 2 -extfile ${extensions}`);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
