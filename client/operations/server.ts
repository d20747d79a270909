import { once } from '../api.ts';
import type { Api, CallOptions } from '../api.ts';
import type { operations, PublicKeySet } from '../api.gen.ts';

type Health = operations['getHealth']['responses'][200]['content']['application/json'];
type Welcome = operations['getWelcome']['responses'][200]['content']['application/json'];
export type { Health, Welcome };

/** How the server is. Each is asked once: whoever asks wants to know how it is now. */
export type Server = {
  /** Is the process up? `GET /healthz` */
  health(options?: CallOptions): Promise<Health>;
  /** Does it take work? It refuses with the reason while it does not. `GET /readyz` */
  readiness(options?: CallOptions): Promise<Health>;
  /** Measurements as Prometheus reads them. `GET /metrics` */
  metrics(options?: CallOptions): Promise<string>;
  /** Where to go from here. `GET /` */
  welcome(options?: CallOptions): Promise<Welcome>;
  /** By which keys turnover records are verified. `GET /.well-known/poolkeeper-keys.json` */
  signingKeys(options?: CallOptions): Promise<PublicKeySet>;
  /** A new key signs from now on; the private half of the old one is gone. `POST /v1/signing-keys/rotate` */
  rotateSigningKey(options?: CallOptions): Promise<PublicKeySet>;
};

/** The operations that tell of the server itself, over one API. */
export function serverOperations(api: Api): Server {
  const { http } = api;
  return {
    health: (options) => once(api, (init) => http.GET('/healthz', init), options),
    readiness: (options) => once(api, (init) => http.GET('/readyz', init), options),
    metrics: (options) =>
      once<string>(api, (init) => http.GET('/metrics', { ...init, parseAs: 'text' }), options),
    welcome: (options) => once(api, (init) => http.GET('/', init), options),
    signingKeys: (options) =>
      once(api, (init) => http.GET('/.well-known/poolkeeper-keys.json', init), options),
    rotateSigningKey: (options) => once(api, (init) => http.POST('/v1/signing-keys/rotate', init), options),
  };
}
