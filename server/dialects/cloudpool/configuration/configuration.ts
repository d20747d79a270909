import type { JsonObject, RoundsSpec, VictimPolicy } from '@poolkeeper/core';
import type { Severity } from './severity.ts';

export type Credentials = { readonly username: string; readonly password: string };

/** A client's certificate and key in files of the server's machine. */
export type CertificateCredentials = {
  readonly path: string;
  /** The key, where it is in a file of its own; PEM alone. */
  readonly keyPath: string | null;
  /** Opens the key store; null where a PEM file needs none. */
  readonly password: string | null;
  /** Opens the key of a PEM file; null: the password does. */
  readonly keyPassword: string | null;
};

/** Durations are milliseconds. `silenceMs`: between two signs of life of a receiver. */
export type HttpAlertSettings = {
  readonly urls: readonly string[];
  readonly severities: readonly Severity[];
  readonly basic: Credentials | null;
  readonly certificate: CertificateCredentials | null;
  readonly connectMs: number;
  readonly silenceMs: number;
};

/** Durations are milliseconds. `isSecure`: TLS from the first byte; else by STARTTLS where the mail server offers it. */
export type SmtpAlertSettings = {
  readonly subject: string;
  readonly recipients: readonly string[];
  readonly sender: string;
  readonly severities: readonly Severity[];
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials | null;
  readonly isSecure: boolean;
  readonly connectMs: number;
  readonly silenceMs: number;
};

export type AlertSettings = {
  /** For how long an alert that is equal to one before it is not sent, in milliseconds. */
  readonly suppressMs: number;
  readonly smtp: readonly SmtpAlertSettings[];
  readonly http: readonly HttpAlertSettings[];
};

/** What a cloud pool is configured with, checked, with defaults filled in. It holds secrets: it goes to no log, event or error. */
export type CloudpoolConfiguration = {
  /** What is shown to who asks for the configuration: known members alone, as they were given. */
  readonly echo: JsonObject;
  /** The value of the tag that marks the machines of the pool. */
  readonly name: string;
  readonly cloudApiSettings: JsonObject;
  readonly provisioningTemplate: JsonObject;
  readonly victims: VictimPolicy;
  readonly rounds: RoundsSpec;
  readonly alerts: AlertSettings | null;
};
