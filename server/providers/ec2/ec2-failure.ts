import { ProviderExhausted, ProviderRefused, ProviderTransient } from '../contract.ts';

const MESSAGE_LENGTH_MAX = 300;

/** There is no such machine, as EC2 says it; one that was made a moment ago may be called so too. */
export class NoSuchInstance extends Error {
  override readonly name = 'NoSuchInstance';
}
/** The token was used for something else before. */
export class TokenMismatch extends Error {
  override readonly name = 'TokenMismatch';
}

const NOT_FOUND = /^InvalidInstanceID(?:\.|$)|^InvalidID$/;
const MISMATCH = /^IdempotentParameterMismatch$|^IdempotentInstance/;
const THROTTLED = /^RequestLimitExceeded$|Throttl/;
const EXHAUSTED =
  /Insufficient\w*Capacity|^\w*LimitExceeded$|CountExceeded$|^UnfulfillableCapacity$|^SpotMaxPriceTooLow$|^InsufficientFreeAddressesInSubnet$|^PrivateIpAddressLimitExceeded$/;
const CREDENTIALS =
  /^(?:AuthFailure|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClientException|InvalidAccessKeyId|MissingAuthenticationToken|IncompleteSignature|InvalidSignatureException)$/;
const EXPIRED = /^ExpiredToken(?:Exception)?$/;
const RIGHTS =
  /^(?:UnauthorizedOperation|AccessDenied(?:Exception)?|OptInRequired|Blocked|PendingVerification)$/;
/** A page of a list is asked for with what the page before answered, which is good for a while. */
const STALE_PAGE = /^InvalidNextToken$/;
const CLOCK = /^(?:RequestExpired|RequestInTheFuture|RequestTimeTooSkewed)$/;
const BAD_INPUT =
  /^(?:Invalid|Malformed|Missing|Unknown|Unsupported|VPC|Validation|MaxSpotPrice|OperationNotPermitted|TagLimit|TagPolicy)/;

export type FailureInput = {
  /** What was asked, such as `RunInstances`. */
  readonly call: string;
  /** Where, as people know it. */
  readonly place: string;
  /** What is never shown. */
  readonly secrets: readonly string[];
};

/** What a failed call means: an error of the provider contract, `NoSuchInstance`, or `TokenMismatch`. */
export function failureOf(error: unknown, { call, place, secrets }: FailureInput): Error {
  const { code, message } = readError(error);
  const text = mask(message, secrets).slice(0, MESSAGE_LENGTH_MAX);
  const said = `EC2 in ${place} answered ${code} to ${call}: ${/[.!?]$/.test(text) ? text : `${text}.`}`;
  if (NOT_FOUND.test(code)) return new NoSuchInstance(said);
  if (MISMATCH.test(code)) return new TokenMismatch(said);
  if (THROTTLED.test(code)) {
    return new ProviderTransient(
      `${said} It takes fewer calls than this account makes: lower the provider's limits.rate.`,
    );
  }
  if (EXHAUSTED.test(code)) {
    return new ProviderExhausted(
      `${said} Filling goes on when there is room: raise the quota, or name other subnets or another instance type.`,
    );
  }
  if (EXPIRED.test(code)) {
    return new ProviderRefused(
      `${said} Give the provider's settings keys that are valid, then retry what is held.`,
    );
  }
  if (CREDENTIALS.test(code)) {
    return new ProviderRefused(
      `${said} Correct awsAccessKeyId and awsSecretAccessKey of the provider's settings, and see that the key is active.`,
    );
  }
  if (RIGHTS.test(code)) {
    return new ProviderRefused(`${said} Allow ec2:${call}, and ec2:CreateTags, to the key's user or role.`);
  }
  if (CLOCK.test(code)) return new ProviderTransient(`${said} Set the clock of this server right.`);
  if (STALE_PAGE.test(code)) return new ProviderTransient(`${said} The list is begun anew.`);
  if (BAD_INPUT.test(code))
    return new ProviderRefused(`${said} Correct the pool's template or the provider's settings.`);
  return new ProviderTransient(isAnswer(error) ? said : unanswered(code, text, { call, place, secrets }));
}

function unanswered(code: string, text: string, { call, place }: FailureInput): string {
  const why = code === text || text === '' ? code : `${code}: ${text}`;
  return `No answer of EC2 came from ${place} to ${call} (${why}). See that it can be reached from here, and that region and endpoint are right.`;
}

/** Did something answer, with a status and a code? */
function isAnswer(error: unknown): boolean {
  const { $metadata, $fault } = error as { $metadata?: { httpStatusCode?: number }; $fault?: string };
  return $fault !== undefined && $metadata?.httpStatusCode !== undefined;
}

/** The SDK names its errors by their code; those of the network have one in `code`. */
function readError(error: unknown): { readonly code: string; readonly message: string } {
  const { Code, name, code, message } = error as {
    Code?: string;
    name?: string;
    code?: string;
    message?: string;
  };
  const known = Code ?? (name === undefined || name === 'Error' ? code : name) ?? 'an unknown error';
  return { code: known, message: message ?? String(error) };
}

function mask(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}
