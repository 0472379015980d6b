import { type ErrorCode, KeepwarmError } from '../errors.js';
import { parseObject } from '../json.js';
import type { HttpResponse } from './http.js';

/** An error response of a service, or the lack of a response. */
export class AwsError extends Error {
  override readonly name: string = 'AwsError';

  /** The end of the message to the reader's callers. */
  complaint = '';

  constructor(
    /** The service's error code, or Node's code of a failed connection. */
    readonly awsCode: string,
    /** The HTTP status; 0 if there was no whole answer. */
    readonly status: number,
    message: string,
    /** Whether the connection or this process was the reason that there was no response. */
    readonly stale = false,
  ) {
    super(message);
  }

  /** Whether the same request may succeed when it is sent again. */
  get passing(): boolean {
    const { status } = this;
    return status === 0 || status === 429 || status >= 500 || THROTTLING.test(this.awsCode);
  }

  /** Whether other AWS credentials may help. */
  get refusedCredentials(): boolean {
    return /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient)/.test(this.awsCode);
  }

  /** The error code for callers of the reader. */
  get code(): ErrorCode {
    if (this.awsCode === TAMPERED) {
      return 'TAMPERED';
    }
    if (NOT_FOUND.test(this.awsCode)) {
      return 'INVALID_CONFIGURATION';
    }
    const { status } = this;
    return status === 401 || status === 403 || this.untimely || DENIED.test(this.awsCode)
      ? 'DENIED'
      : 'UNAVAILABLE';
  }

  /** Whether the time of the signature may be the cause. */
  get untimely(): boolean {
    return UNTIMELY.test(this.awsCode);
  }
}

/** The error of a response whose status is not successful. */
export function awsErrorOf(response: HttpResponse): AwsError {
  // Load balancers answer in HTML.
  const body = parseObject(response.body.toString('utf8')) ?? {};
  const type = body.__type ?? response.headers['x-amzn-errortype'] ?? body.code;
  const code = typeof type === 'string' ? type.replace(/^.*#|:.*$/g, '') : '';
  const message = body.message ?? body.Message;
  return new AwsError(
    code || `HTTP ${response.status}`,
    response.status,
    typeof message === 'string' ? message : `HTTP ${response.status}`,
  );
}

/**
 * When a response was made, in milliseconds since the epoch; NaN if it does not say. An error about
 * a signature that is too old has the service's time in parentheses.
 */
export function dateOf({ headers, body }: HttpResponse): number {
  const inBody =
    headers.date === undefined && /\((\d{8}T\d{6}Z) [-+] /.exec(body.toString('latin1'));
  const basic = /(....)(..)(..T..)(..)(..Z)/;
  return Date.parse(inBody ? `${inBody[1]}`.replace(basic, '$1-$2-$3:$4:$5') : `${headers.date}`);
}

/** The error that callers of the reader see; `what` says what could not be done. */
export function translate(what: string, error: unknown): KeepwarmError {
  if (error instanceof KeepwarmError) {
    return error;
  }
  if (error instanceof AwsError) {
    const message = `${what}: ${error.awsCode}${error.complaint}`;
    return new KeepwarmError(error.code, message, { cause: error });
  }
  const kind = error instanceof Error ? error.name : typeof error;
  return new KeepwarmError('UNAVAILABLE', `${what}: ${kind}`, { cause: error });
}

const THROTTLING =
  /Throttl|^(ProvisionedThroughputExceeded|RequestLimitExceeded|TooManyRequests)(Exception)?$/;

const UNTIMELY =
  /^(InvalidSignature|RequestExpired|RequestInTheFuture|RequestTimeTooSkewed|SignatureDoesNotMatch)(Exception)?$/;

const DENIED =
  /^(AccessDenied|ExpiredToken|IncompleteSignature|InvalidClientTokenId|MissingAuthenticationToken|NotAuthorized|OptInRequired|UnrecognizedClient)(Exception)?$/;

/** The table, key, function or bus that is configured does not exist. */
const NOT_FOUND = /^(Resource)?NotFound(Exception)?$/;

/** KMS's error for a data key that was changed, or wrapped with another encryption context. */
const TAMPERED = 'InvalidCiphertextException';
