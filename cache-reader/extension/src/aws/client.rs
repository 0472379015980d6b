//! Calls AWS: signs and sends each attempt, and retries transient errors with full jitter.

use super::credentials::Provider;
use super::dates;
use super::endpoints::{Service, Url};
use super::http::{Http, Request, Response};
use super::sigv4::{Signable, sign};
use crate::clock::{Clock, Deadline, locked};
use crate::error::{Code, Error};
use crate::json::{Json, parse_object};
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::{Arc, Mutex};

const ATTEMPTS: u32 = 4;
const FIRST_PAUSE: i64 = 25;
const LONGEST_PAUSE: i64 = 1000;

/// Services accept signatures that are up to 5 minutes off.
const TOLERATED_SKEW: i64 = 4 * 60_000;

const USER_AGENT: &str = concat!("keepwarm-extension/", env!("CARGO_PKG_VERSION"), " lang/rust");

/// One operation of one service.
pub struct Operation<'a> {
    /// The service.
    pub service: Service,
    /// Its path precedes that of the operation.
    pub endpoint: &'a Url,
    /// Percent-encoded once.
    pub path: &'a str,
    /// Names in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a str,
    /// How long one attempt may take, in milliseconds.
    pub attempt_timeout: i64,
}

/// An error response of a service, or the lack of a response.
#[derive(Debug)]
pub struct AwsError {
    /// The service's error code.
    pub code: String,
    /// The HTTP status; 0 if there was no complete response.
    pub status: u16,
    /// Whether the lack of a response says nothing about the service.
    pub stale: bool,
}

impl AwsError {
    /// The error for a malformed response.
    pub fn unexpected() -> AwsError {
        AwsError { code: "BAD_ANSWER".into(), status: 0, stale: false }
    }

    fn short(&self) -> &str {
        self.code.strip_suffix("Exception").unwrap_or(&self.code)
    }

    /// Whether the same request may succeed when it is sent again.
    fn passing(&self) -> bool {
        let throttling = ["ProvisionedThroughputExceeded", "RequestLimitExceeded", "TooManyRequests"];
        self.status == 0
            || self.status == 429
            || self.status >= 500
            || self.code.contains("Throttl")
            || throttling.contains(&self.short())
    }

    /// Whether other AWS credentials may help.
    fn refused_credentials(&self) -> bool {
        ["ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient"].contains(&self.short())
    }

    /// Whether the time of the signature may be the cause.
    fn untimely(&self) -> bool {
        let codes = [
            "InvalidSignature",
            "RequestExpired",
            "RequestInTheFuture",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
        ];
        codes.contains(&self.short())
    }

    /// The error code for callers of the reader.
    pub fn reader_code(&self) -> Code {
        let denied = [
            "AccessDenied",
            "ExpiredToken",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "MissingAuthenticationToken",
            "NotAuthorized",
            "OptInRequired",
            "UnrecognizedClient",
        ];
        match self.short() {
            "InvalidCiphertext" => Code::Tampered,
            "NotFound" | "ResourceNotFound" => Code::InvalidConfiguration,
            short if denied.contains(&short) => Code::Denied,
            _ if self.untimely() || matches!(self.status, 401 | 403) => Code::Denied,
            _ => Code::Unavailable,
        }
    }
}

/// How a call failed: with an error of the reader, such as its deadline, or with an error of AWS.
pub enum Failed {
    /// An error of the reader.
    Own(Error),
    /// An error of AWS.
    Aws(AwsError),
}

/// Calls AWS. Thread-safe; runs nothing between calls.
pub struct AwsClient {
    clock: Arc<Clock>,
    http: Http,
    provider: Provider,
    region: String,
    random: SystemRandom,
    trace: Mutex<Option<String>>,
}

impl AwsClient {
    /// A client without connections.
    pub fn new(clock: Arc<Clock>, http: Http, provider: Provider, region: &str) -> AwsClient {
        AwsClient { clock, http, provider, region: region.into(), random: SystemRandom::new(), trace: Mutex::new(None) }
    }

    /// Sends this `X-Amzn-Trace-Id` from now on.
    pub fn set_trace(&self, trace: Option<String>) {
        *locked(&self.trace) = trace;
    }

    /// Connects to a host, so that the first call need not.
    pub fn preconnect(&self, url: &Url, timeout: i64) {
        self.http.preconnect(url, timeout, &Deadline::begin(&self.clock, timeout));
    }

    /// Returns the response, which has a successful status, with `parse` applied.
    pub fn call<T>(
        &self,
        operation: &Operation,
        deadline: &Arc<Deadline>,
        parse: impl Fn(&Response) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        let mut corrected = Vec::new();
        let mut failures = 0;
        loop {
            deadline.check().map_err(Failed::Own)?;
            let sent = self.clock.moment();
            let skew = self.clock.skew();
            let error = match self.attempt(operation, deadline).and_then(|response| parse(&response)) {
                Err(Failed::Aws(error)) => error,
                result => return result,
            };
            deadline.check().map_err(Failed::Own)?;
            // A correctable error is retried at once, but only once per call for each kind.
            let kind = if error.stale {
                // The cause that killed one idle connection, usually a freeze, has killed the
                // others too.
                self.http.drop_idle();
                Some("connection")
            } else if error.refused_credentials() && self.provider.refused() {
                Some("credentials")
            } else if error.untimely() && self.clock.since(sent) > TOLERATED_SKEW {
                Some("age")
            } else if error.untimely() && (self.clock.skew() - skew).abs() > TOLERATED_SKEW {
                Some("skew")
            } else {
                None
            };
            if let Some(kind) = kind.filter(|kind| !corrected.contains(kind)) {
                corrected.push(kind);
                continue;
            }
            failures += 1;
            if !error.passing() || failures == ATTEMPTS {
                return Err(Failed::Aws(error));
            }
            let bound = LONGEST_PAUSE.min(FIRST_PAUSE << failures);
            deadline.pause(self.up_to(bound)).map_err(Failed::Own)?;
        }
    }

    /// The error that callers of the reader see.
    pub fn translate(&self, what: &str, failed: Failed) -> Error {
        match failed {
            Failed::Own(error) => error,
            Failed::Aws(error) => {
                let complaint = if error.untimely() { self.clock.complaint() } else { String::new() };
                Error::new(error.reader_code(), format!("{what}: {}{complaint}", error.code))
            }
        }
    }

    fn attempt(&self, operation: &Operation, deadline: &Arc<Deadline>) -> Result<Response, Failed> {
        let credentials = self.provider.get(&self.clock, &self.http, deadline).map_err(Failed::Own)?;
        let sent = self.clock.moment();
        let host = operation.endpoint.authority();
        let path = format!("{}{}", operation.endpoint.path, operation.path);
        let signable = Signable {
            service: operation.service.name(),
            region: &self.region,
            host: &host,
            path: &path,
            headers: operation.headers,
            body: operation.body.as_bytes(),
        };
        let mut headers = sign(&signable, &credentials, self.clock.date());
        // Not signed, because proxies may change these headers.
        headers.push(("user-agent".into(), USER_AGENT.into()));
        if let Some(trace) = &*locked(&self.trace) {
            headers.push(("x-amzn-trace-id".into(), trace.clone()));
        }
        let request = Request {
            method: "POST",
            url: operation.endpoint,
            path: &path,
            headers: &headers,
            body: operation.body.as_bytes(),
        };
        let response = self
            .http
            .send(&request, operation.attempt_timeout, deadline)
            .map_err(|none| Failed::Aws(AwsError { code: none.what, status: 0, stale: none.stale }))?;
        if let Some(date) = date_of(&response) {
            self.clock.learn(date, sent);
        }
        if (200..300).contains(&response.status) {
            return Ok(response);
        }
        Err(Failed::Aws(error_of(&response)))
    }

    fn up_to(&self, bound: i64) -> i64 {
        let mut bytes = [0; 4];
        // Without random numbers, the whole pause.
        match self.random.fill(&mut bytes) {
            Ok(()) => i64::from(u32::from_le_bytes(bytes)) % (bound + 1),
            Err(_) => bound,
        }
    }
}

/// The error of a response whose status is not successful. Load balancers respond in HTML.
fn error_of(response: &Response) -> AwsError {
    let body = parse_object(&response.body).unwrap_or_default();
    let kind = (body.get("__type").and_then(Json::text))
        .or_else(|| response.header("x-amzn-errortype"))
        .or_else(|| body.get("code").and_then(Json::text))
        .unwrap_or("");
    let kind = kind.rsplit('#').next().unwrap_or("").split(':').next().unwrap_or("");
    let is_code =
        (1..=64).contains(&kind.len()) && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
    let code = if is_code { kind.into() } else { format!("HTTP {}", response.status) };
    AwsError { code, status: response.status, stale: false }
}

/// When a response was made. An error about a signature that is too old has the service's time in
/// parentheses.
fn date_of(response: &Response) -> Option<i64> {
    match response.header("date") {
        Some(date) => dates::parse_http(date),
        None => {
            let body = String::from_utf8_lossy(&response.body);
            body.split('(').skip(1).find_map(|rest| {
                let (date, after) = rest.split_once(' ')?;
                (after.starts_with("- ") || after.starts_with("+ ")).then(|| dates::parse_basic(date))?
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        Response {
            status,
            headers: headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            body: Zeroizing::new(body.into()),
        }
    }

    #[test]
    fn knows_what_aws_says() {
        for (status, body, code, passing) in [
            (400, r#"{"__type":"com.amazonaws#AccessDeniedException"}"#, Code::Denied, false),
            (400, r#"{"__type":"ExpiredTokenException"}"#, Code::Denied, false),
            (403, r#"{"message":"Forbidden"}"#, Code::Denied, false),
            (400, r#"{"__type":"ResourceNotFoundException"}"#, Code::InvalidConfiguration, false),
            (400, r#"{"__type":"NotFoundException"}"#, Code::InvalidConfiguration, false),
            (400, r#"{"__type":"InvalidCiphertextException"}"#, Code::Tampered, false),
            (400, r#"{"__type":"ThrottlingException"}"#, Code::Unavailable, true),
            (400, r#"{"__type":"ProvisionedThroughputExceededException"}"#, Code::Unavailable, true),
            (400, r#"{"__type":"ValidationException"}"#, Code::Unavailable, false),
            (400, r#"{"__type":"RequestExpired"}"#, Code::Denied, false),
            (503, "<html>no</html>", Code::Unavailable, true),
        ] {
            let error = error_of(&response(status, &[], body));
            assert_eq!((error.reader_code(), error.passing()), (code, passing), "{body}");
        }
        let error = error_of(&response(404, &[("x-amzn-errortype", "ResourceNotFoundException:x")], "{}"));
        assert_eq!(error.code, "ResourceNotFoundException");
        assert_eq!(error_of(&response(400, &[], r#"{"__type":"a secret?"}"#)).code, "HTTP 400");
    }

    #[test]
    fn learns_the_time_of_aws() {
        let date = Some(1_767_225_600_000);
        assert_eq!(date_of(&response(200, &[("date", "Thu, 01 Jan 2026 00:00:00 GMT")], "")), date);
        let body = "Signature expired: 1 is now earlier than 2 (20260101T000000Z - 5 min.)";
        assert_eq!(date_of(&response(400, &[], body)), date);
        assert_eq!(date_of(&response(200, &[], "(none")), None);
    }
}
