//! The local endpoint: HTTP/1.1 on loopback, for the function in the same environment.

use crate::clock::locked;
use crate::error::{Code, Error};
use crate::id::Id;
use crate::near::Credential;
use crate::reader::{Reader, Rejected};
use crate::settings::parse_duration;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use ring::rand::SystemRandom;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The header with the token.
const TOKEN: &str = "x-keepwarm-token";

/// More than any request needs; a session token alone may have 4 KiB.
const MAX_HEAD: usize = 32 << 10;

/// How many connections there are at most. Each has a thread.
const MAX_CONNECTIONS: usize = 128;

/// Headers of programs that pass on a request of another: proxies and browsers.
const FOREIGN: [&str; 6] = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "origin", "sec-fetch-site"];

/// Serves a reader.
pub struct Server {
    reader: Arc<Reader>,
    port: u16,
    token: Zeroizing<String>,
    /// The key of the handles: it lives as long as this process, and never leaves it.
    key: hmac::Key,
    connections: Mutex<usize>,
}

/// A response to the function.
struct Response {
    status: u16,
    body: Zeroizing<Vec<u8>>,
}

/// A malformed or forbidden request, or the error of a call.
enum Refusal {
    Request(u16, &'static str, &'static str),
    Reader(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Reader(error)
    }
}

type Parameters = BTreeMap<String, String>;

impl Server {
    /// Serves `reader` to clients that know `token`. None if the system has no random numbers.
    pub fn new(reader: Arc<Reader>, port: u16, token: String) -> Option<Arc<Server>> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok()?;
        let connections = Mutex::new(0);
        Some(Arc::new(Server { reader, port, token: Zeroizing::new(token), key, connections }))
    }

    /// Accepts connections, forever.
    pub fn run(self: &Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { continue };
            if *locked(&self.connections) >= MAX_CONNECTIONS {
                // Dropping it closes it.
                continue;
            }
            let counted = Counted::new(self.clone());
            let spawned = std::thread::Builder::new().name("connection".into()).spawn(move || {
                // A client that has hung up does not need a response.
                let _ = counted.0.serve(stream);
            });
            drop(spawned);
        }
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut received = Zeroizing::new(Vec::new());
        loop {
            let mut buffer = Zeroizing::new([0; 4 << 10]);
            let count = stream.read(buffer.as_mut())?;
            if count == 0 {
                return Ok(());
            }
            received.extend_from_slice(&buffer[..count]);
            while let Some((response, used, is_kept)) = self.respond(&received) {
                let head = format!(
                    "HTTP/1.1 {} {}\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\
                     content-length: {}\r\n{}\r\n",
                    response.status,
                    phrase(response.status),
                    response.body.len(),
                    if is_kept { "" } else { "connection: close\r\n" },
                );
                let mut message = Zeroizing::new(Vec::with_capacity(head.len() + response.body.len()));
                message.extend_from_slice(head.as_bytes());
                message.extend_from_slice(&response.body);
                stream.write_all(&message)?;
                if !is_kept {
                    return Ok(());
                }
                received.drain(..used);
            }
        }
    }

    /// Returns the response to the first request in the received bytes, the request's length, and
    /// whether the connection stays open; none if the request is not complete.
    fn respond(&self, received: &[u8]) -> Option<(Response, usize, bool)> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        let refuse = |status, message| (failure(&bad(status, message)), 0, false);
        let used = match request.parse(received) {
            Ok(httparse::Status::Complete(used)) => used,
            Ok(httparse::Status::Partial) if received.len() <= MAX_HEAD => return None,
            Ok(httparse::Status::Partial) => return Some(refuse(431, "the request is too long")),
            Err(_) => return Some(refuse(400, "this is not HTTP/1.1")),
        };
        // Of two headers with the same name, another program might use the other one.
        let mut by_name = BTreeMap::new();
        for header in request.headers.iter() {
            let value = String::from_utf8_lossy(header.value).trim().to_string();
            if by_name.insert(header.name.to_ascii_lowercase(), value).is_some() {
                return Some(refuse(400, "a header is repeated"));
            }
        }
        let header = |name: &str| by_name.get(name).map(String::as_str);
        if header("transfer-encoding").is_some() || header("content-length").unwrap_or("0") != "0" {
            return Some(refuse(400, "a request must not have a body"));
        }
        let is_closing = header("connection").is_some_and(|value| value.to_ascii_lowercase().contains("close"));
        let (method, target) = (request.method.unwrap_or(""), request.path.unwrap_or(""));
        let response = match self.check(&header).and_then(|()| self.handle(method, target)) {
            Ok(body) => Response { status: 200, body },
            Err(refusal) => failure(&refusal),
        };
        Some((response, used, !is_closing && request.version == Some(1)))
    }

    /// Refuses requests that someone else may have made this function's process send.
    fn check<'a>(&self, header: &impl Fn(&str) -> Option<&'a str>) -> Result<(), Refusal> {
        if FOREIGN.iter().any(|name| header(name).is_some()) {
            return Err(bad(403, "forwarded requests are refused"));
        }
        let host = header("host").unwrap_or("").to_ascii_lowercase();
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port),
            _ => (host.as_str(), "80"),
        };
        let is_local = ["localhost", "127.0.0.1", "[::1]"].contains(&name) && port == self.port.to_string();
        if !is_local {
            return Err(bad(403, "the header Host must be localhost or 127.0.0.1, with the port"));
        }
        let given = header(TOKEN).unwrap_or("");
        if !bool::from(given.as_bytes().ct_eq(self.token.as_bytes())) {
            return Err(bad(401, "the header X-Keepwarm-Token is missing or wrong"));
        }
        Ok(())
    }

    fn handle(&self, method: &str, target: &str) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let names: &[&str] = match path {
            "/v1/credential" => &["tenant", "name", "maxAge", "forceFetch", "rejected"],
            "/v1/credentials" => &["tenant"],
            "/v1/invalidate" | "/v1/forget" => &["tenant", "name"],
            "/v1/stats" => &[],
            _ => return Err(bad(404, "no such path")),
        };
        let is_change = matches!(path, "/v1/invalidate" | "/v1/forget");
        if method != if is_change { "POST" } else { "GET" } {
            return Err(bad(405, "this path requires another method"));
        }
        let parameters = parse_query(query, names)?;
        let value = |name: &str| parameters.get(name).map_or("", String::as_str);
        let id = || Id::new(value("tenant"), value("name"));
        match path {
            "/v1/credential" => {
                let credential = self.credential(&id()?, &parameters)?;
                Ok(written(self.shown(&credential)))
            }
            "/v1/credentials" => {
                let all = self.reader.get_all(value("tenant"))?;
                let credentials: serde_json::Map<String, Value> =
                    all.credentials.iter().map(|(name, one)| (name.clone(), self.shown(one))).collect();
                let failures: BTreeMap<_, _> = all.failures.iter().map(|(name, code)| (name, code.name())).collect();
                Ok(written(json!({"credentials": credentials, "failures": failures})))
            }
            "/v1/invalidate" => {
                self.reader.invalidate(&id()?)?;
                Ok(written(json!({})))
            }
            "/v1/forget" => {
                self.reader.forget(&id()?);
                Ok(written(json!({})))
            }
            _ => {
                let counts: BTreeMap<_, _> = self.reader.counters().all().into_iter().collect();
                Ok(written(json!(counts)))
            }
        }
    }

    fn credential(&self, id: &Id, parameters: &Parameters) -> Result<Arc<Credential>, Refusal> {
        let max_age = match (parameters.get("forceFetch").map(String::as_str), parameters.get("maxAge")) {
            (Some("true"), _) => Some(0),
            (None | Some("false"), None) => None,
            (None | Some("false"), Some(text)) => {
                Some(parse_duration(text).ok_or(bad(400, "maxAge: must be a duration such as 500ms, 30s or 15m"))?)
            }
            _ => return Err(bad(400, "forceFetch: must be true or false")),
        };
        let Some(handle) = parameters.get("rejected") else {
            return Ok(self.reader.get(id, max_age)?);
        };
        if max_age.is_some() {
            return Err(bad(400, "rejected: must not be combined with maxAge or forceFetch"));
        }
        let (version, tag) =
            parse_handle(handle).ok_or(bad(400, "rejected: must be the handle of the rejected credential"))?;
        let is_value = |value: &[u8]| hmac::verify(&self.key, &tagged(id, version, value), &tag).is_ok();
        let rejected = Rejected { id, version, is_value: &is_value };
        self.reader.newer(&rejected)?.ok_or(Refusal::Request(
            409,
            "REJECTED",
            "the source has nothing newer than the rejected credential",
        ))
    }

    fn shown(&self, credential: &Credential) -> Value {
        let Credential { id, version, value, .. } = credential;
        let tag = hmac::sign(&self.key, &tagged(id, *version, value));
        let handle = format!("{version}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()));
        let mut shown = json!({"tenant": id.tenant(), "name": id.name(), "version": version, "handle": handle});
        match std::str::from_utf8(value) {
            Ok(text) => shown["value"] = text.into(),
            Err(_) => shown["valueBase64"] = STANDARD.encode(value).into(),
        }
        shown
    }
}

/// The bytes that a handle authenticates. No other credential has the same, because no part of an
/// id contains a blank.
fn tagged(id: &Id, version: u64, value: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(format!("{} {version} ", id.key()).into_bytes());
    bytes.extend_from_slice(value);
    bytes
}

fn parse_handle(handle: &str) -> Option<(u64, Vec<u8>)> {
    let (version, tag) = handle.split_once('.')?;
    let version = version.parse().ok().filter(|version| *version <= crate::entry::MAX_NUMBER)?;
    Some((version, URL_SAFE_NO_PAD.decode(tag).ok()?))
}

/// Parses the parameters of a query. Refuses a name that the path does not take, or that occurs
/// twice.
fn parse_query(query: &str, names: &[&str]) -> Result<Parameters, Refusal> {
    let mut parameters = Parameters::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = decode(value).ok_or(bad(400, "a parameter must be percent-encoded UTF-8"))?;
        if !names.contains(&name) {
            return Err(bad(400, "a parameter is unknown to this path"));
        }
        if parameters.insert(name.into(), value).is_some() {
            return Err(bad(400, "a parameter is repeated"));
        }
    }
    Ok(parameters)
}

/// Percent-decodes. A plus stays a plus, because ids may contain one but no blank.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let (high, low) = (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
            (high * 16 + low) as u8
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

fn bad(status: u16, message: &'static str) -> Refusal {
    Refusal::Request(status, "INVALID_REQUEST", message)
}

fn failure(refusal: &Refusal) -> Response {
    let (status, body) = match refusal {
        Refusal::Request(status, code, message) => (*status, json!({"code": code, "message": message})),
        Refusal::Reader(error) => {
            let mut body = json!({"code": error.code.name(), "message": error.message});
            if let Some(failure) = &error.failure {
                body["failure"] = failure.as_str().into();
            }
            (status_of(error.code), body)
        }
    };
    Response { status, body: written(body) }
}

/// Writes the JSON, and wipes the copy as far as possible.
fn written(body: Value) -> Zeroizing<Vec<u8>> {
    let text = Zeroizing::new(body.to_string().into_bytes());
    wipe(body);
    text
}

fn wipe(value: Value) {
    match value {
        Value::String(text) => drop(Zeroizing::new(text)),
        Value::Object(fields) => fields.into_iter().for_each(|(_, value)| wipe(value)),
        Value::Array(elements) => elements.into_iter().for_each(wipe),
        _ => {}
    }
}

fn status_of(code: Code) -> u16 {
    match code {
        Code::InvalidId => 400,
        Code::Denied => 403,
        Code::NotFound => 404,
        Code::Revoked => 410,
        Code::Undecodable => 422,
        Code::InvalidConfiguration => 500,
        Code::Tampered => 502,
        Code::Unavailable => 503,
        Code::Timeout => 504,
    }
}

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        422 => "Unprocessable Content",
        431 => "Request Header Fields Too Large",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Internal Server Error",
    }
}

/// Counts one open connection until it is dropped.
struct Counted(Arc<Server>);

impl Counted {
    fn new(server: Arc<Server>) -> Counted {
        *locked(&server.connections) += 1;
        Counted(server)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        *locked(&self.0.connections) -= 1;
    }
}
