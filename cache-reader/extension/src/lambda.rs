//! The Extensions API of AWS Lambda.

use crate::aws::client::AwsClient;
use crate::aws::endpoints::Url;
use crate::aws::http::{Http, Request, Response};
use crate::clock::{Clock, Deadline};
use crate::error::{Code, Error};
use crate::json::{Json, Object, field, parse_object};
use crate::metrics::Metrics;
use serde_json::json;
use std::sync::Arc;

/// Longer than any environment stays frozen: Lambda ends idle ones after hours. In milliseconds.
const FOR_EVER: i64 = 365 * 86_400_000;

/// How long Lambda may take to register an extension, in milliseconds.
const PATIENCE: i64 = 5000;

/// A registered extension.
pub struct Extension {
    clock: Arc<Clock>,
    http: Http,
    url: Url,
    id: String,
}

/// An event of the environment.
pub enum Event {
    /// The function is invoked; with the trace's id, if there is one.
    Invoke(Option<String>),
    /// The environment ends.
    Shutdown,
}

impl Extension {
    /// Registers under a name, which must be that of the file in `/opt/extensions`. `api` is the value of
    /// `AWS_LAMBDA_RUNTIME_API`.
    pub fn register(clock: &Arc<Clock>, api: &str, name: &str) -> Result<Extension, Error> {
        let url = Url::parse(&format!("http://{api}"))
            .ok_or_else(|| Error::new(Code::InvalidConfiguration, "AWS_LAMBDA_RUNTIME_API: must be a host"))?;
        let http = Http::new(clock.clone(), None).map_err(|what| Error::new(Code::InvalidConfiguration, what))?;
        let mut extension = Extension { clock: clock.clone(), http, url, id: String::new() };
        let body = json!({"events": ["INVOKE", "SHUTDOWN"]}).to_string();
        let headers = [("lambda-extension-name", name)];
        let response = extension.send("POST", "register", &headers, &body, PATIENCE)?;
        let id = response.header("lambda-extension-identifier");
        extension.id = id.ok_or_else(|| unexpected("register", response.status))?.into();
        Ok(extension)
    }

    /// Waits for the next event. This request also tells Lambda that the environment may be frozen.
    pub fn next(&self) -> Result<Event, Error> {
        let headers = [("lambda-extension-identifier", self.id.as_str())];
        let response = self.send("GET", "event/next", &headers, "", FOR_EVER)?;
        let event = parse_object(&response.body).unwrap_or_default();
        match event.get("eventType").and_then(Json::text) {
            Some("INVOKE") => Ok(Event::Invoke(trace_of(&event))),
            Some("SHUTDOWN") => Ok(Event::Shutdown),
            _ => Err(unexpected("event/next", response.status)),
        }
    }

    /// Tells Lambda that this extension cannot start. The function's initialization then fails.
    pub fn fail(&self, error: &Error) {
        let kind = format!("Extension.{}", error.code.name());
        let body = json!({"errorMessage": error.message, "errorType": kind, "stackTrace": []});
        let headers =
            [("lambda-extension-identifier", self.id.as_str()), ("lambda-extension-function-error-type", &kind)];
        // The process ends with an error either way.
        let _ = self.send("POST", "init/error", &headers, &body.to_string(), PATIENCE);
    }

    /// Handles events until the environment ends. Prints metrics at the event after the invocations
    /// that they count, because timers do not run in a frozen environment.
    pub fn run(&self, client: &AwsClient, metrics: &Metrics) -> Result<(), Error> {
        loop {
            let event = self.next()?;
            if let Some(line) = metrics.line(matches!(event, Event::Shutdown)) {
                println!("{line}");
            }
            match event {
                Event::Invoke(trace) => client.set_trace(trace),
                Event::Shutdown => return Ok(()),
            }
        }
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
        patience: i64,
    ) -> Result<Response, Error> {
        let mut all = vec![("host".to_string(), self.url.authority())];
        all.extend(headers.iter().map(|(name, value)| (name.to_string(), value.to_string())));
        let request = Request {
            method,
            url: &self.url,
            path: &format!("/2020-01-01/extension/{path}"),
            headers: &all,
            body: body.as_bytes(),
        };
        let deadline = Deadline::begin(&self.clock, patience);
        let response = self
            .http
            .send(&request, patience, &deadline)
            .map_err(|none| Error::new(Code::Unavailable, format!("the Extensions API ({path}): {}", none.what)))?;
        if (200..300).contains(&response.status) {
            return Ok(response);
        }
        Err(unexpected(path, response.status))
    }
}

fn unexpected(path: &str, status: u16) -> Error {
    Error::new(Code::Unavailable, format!("the Extensions API ({path}) responded with {status}"))
}

fn trace_of(event: &Object) -> Option<String> {
    let trace = field(event, "tracing")?.object()?.get("value")?.text()?;
    let is_header = trace.bytes().all(|b| (0x20..0x7f).contains(&b));
    (is_header && !trace.is_empty()).then(|| trace.into())
}
