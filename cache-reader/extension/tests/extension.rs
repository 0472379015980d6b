//! The extension as a process, with an Extensions API and an AWS of its own.

#![allow(clippy::panic)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keepwarm_extension::json::{Json, Object, parse_object};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const TOKEN: &str = "the-token-of-this-function";
/// Longer than any machine needs: only a hanging test takes as long.
const PATIENCE: Duration = Duration::from_secs(300);
const VALUE: &str = "a value that must not be printed";

struct Received {
    method: String,
    path: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

type Answer = (u16, Vec<(String, String)>, String);

struct Answered {
    status: u16,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Answered {
    fn json(&self) -> Object {
        parse_object(&self.body).expect("a JSON object")
    }

    fn code(&self) -> (u16, String) {
        (self.status, self.json()["code"].text().expect("a code").into())
    }
}

/// Reads a message: its first line, its headers, and its body.
fn read_message(stream: &mut impl Read) -> Option<(String, HashMap<String, String>, Vec<u8>)> {
    let mut received = Vec::new();
    let head = loop {
        if let Some(at) = received.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        let mut buffer = [0; 1024];
        match stream.read(&mut buffer) {
            Ok(count) if count > 0 => received.extend_from_slice(&buffer[..count]),
            _ => return None,
        }
    };
    let text = String::from_utf8_lossy(&received[..head]).into_owned();
    let mut lines = text.split("\r\n");
    let first = lines.next()?.to_string();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_string()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().expect("a length"));
    let mut body = received.split_off(head);
    let missing = length - body.len();
    let mut rest = vec![0; missing];
    stream.read_exact(&mut rest).ok()?;
    body.extend(rest);
    Some((first, headers, body))
}

/// Serves HTTP on a free port, over TLS if there is a certificate; `handle` returns a status, headers
/// and a body.
fn serve(tls: Option<Arc<ServerConfig>>, handle: impl Fn(Received) -> Answer + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let handle = Arc::new(handle);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, handle, tls) = (stream.expect("a connection"), handle.clone(), tls.clone());
            std::thread::spawn(move || match tls {
                None => converse(stream, &*handle),
                Some(tls) => {
                    let connection = ServerConnection::new(tls).expect("a configuration");
                    converse(StreamOwned::new(connection, stream), &*handle);
                }
            });
        }
    });
    port
}

fn converse(mut stream: impl Read + Write, handle: &impl Fn(Received) -> Answer) {
    while let Some((first, headers, body)) = read_message(&mut stream) {
        let mut words = first.split(' ').map(String::from);
        let method = words.next().expect("a method");
        let path = words.next().expect("a path");
        let (status, headers, body) = handle(Received { method, path, headers, body });
        let mut answer = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            answer += &format!("{name}: {value}\r\n");
        }
        if stream.write_all(format!("{answer}\r\n{body}").as_bytes()).is_err() {
            return;
        }
    }
}

/// A table with at most one item, a key, a decryptor and a bus.
#[derive(Default)]
struct Cloud {
    item: Option<Value>,
    answer: Option<Value>,
    /// How many of the next requests fail.
    failures: usize,
    requests: Vec<(String, Option<String>)>,
}

impl Cloud {
    fn answer(&mut self, request: &Received) -> Answer {
        let body = self.handle(request);
        if self.failures > 0 {
            self.failures -= 1;
            return (503, vec![], "<html>no</html>".into());
        }
        (200, vec![], body)
    }

    fn handle(&mut self, request: &Received) -> String {
        let target = request.headers.get("x-amz-target");
        let name = target.map_or("Invoke", |target| target.rsplit('.').next().expect("a name"));
        assert!(request.headers["authorization"].starts_with("AWS4-HMAC-SHA256 Credential=AKID/"));
        self.requests.push((name.into(), request.headers.get("x-amzn-trace-id").cloned()));
        let body = parse_object(&request.body).expect("JSON");
        match name {
            "GetItem" => match &self.item {
                Some(item) => json!({"Item": item}).to_string(),
                None => "{}".into(),
            },
            "Query" => json!({"Items": self.item.iter().collect::<Vec<_>>()}).to_string(),
            "Decrypt" => {
                let context = body["EncryptionContext"].object().expect("a context");
                assert_eq!(context["tenant"], Json::Text("acme".into()));
                assert_eq!(context["keepwarm"], Json::Text("1".into()));
                json!({"Plaintext": STANDARD.encode([7; 32])}).to_string()
            }
            "PutEvents" => json!({"Entries": [{"EventId": "1"}]}).to_string(),
            _ => match &self.answer {
                Some(answer) => answer.to_string(),
                None => json!({"error": {"code": "UNAVAILABLE", "reason": VALUE}}).to_string(),
            },
        }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_millis() as u64
}

fn sealed(version: u64, value: &str) -> Value {
    let (sealed_at, soft, hard) = (now(), now() + 150_000, now() + 900_000);
    let mut aad = Vec::new();
    for field in [
        b"keepwarm/1".to_vec(),
        b"acme".to_vec(),
        b"db/main".to_vec(),
        version.to_be_bytes().to_vec(),
        sealed_at.to_be_bytes().to_vec(),
        soft.to_be_bytes().to_vec(),
        hard.to_be_bytes().to_vec(),
    ] {
        aad.extend((field.len() as u32).to_be_bytes());
        aad.extend(field);
    }
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("a key"));
    let mut content = value.as_bytes().to_vec();
    let nonce = Nonce::assume_unique_for_key([9; 12]);
    key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut content).expect("an envelope");
    let envelope = [vec![1], vec![9; 12], content].concat();
    json!({
        "tenant": {"S": "acme"}, "name": {"S": "db/main"}, "state": {"S": "READY"},
        "version": {"N": version.to_string()}, "sealed": {"B": STANDARD.encode(envelope)},
        "dataKey": {"B": STANDARD.encode("wrapped")}, "dataKeyCreatedAt": {"N": "1"},
        "sealedAt": {"N": sealed_at.to_string()}, "softExpiresAt": {"N": soft.to_string()},
        "hardExpiresAt": {"N": hard.to_string()}, "siblings": {"N": "1"}, "fence": {"N": "1"},
    })
}

/// The extension, and everything around it.
struct World {
    process: Option<Child>,
    port: u16,
    cloud: Arc<Mutex<Cloud>>,
    calls: Receiver<(String, HashMap<String, String>, Vec<u8>)>,
    events: Sender<Value>,
}

impl World {
    /// Starts the extension, which asks for its first event if its settings are right.
    fn start(settings: &[(&str, &str)], tls: Option<Arc<ServerConfig>>) -> World {
        let cloud = Arc::new(Mutex::new(Cloud::default()));
        let theirs = cloud.clone();
        let aws = serve(tls.clone(), move |request| theirs.lock().expect("a lock").answer(&request));
        let (call, calls) = channel();
        let (events, next) = channel::<Value>();
        let (call, next) = (Mutex::new(call), Mutex::new(next));
        let api = serve(None, move |request| {
            let path = format!("{} {}", request.method, request.path);
            let is_next = path.ends_with("/event/next");
            let _ = call.lock().expect("a lock").send((path, request.headers, request.body));
            let body = match is_next {
                // A test that is over sends no more.
                true => next.lock().expect("a lock").recv().unwrap_or(json!({"eventType": "SHUTDOWN"})),
                false => json!({}),
            };
            (200, vec![("Lambda-Extension-Identifier".into(), "id-1".into())], body.to_string())
        });
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let mut command = Command::new(env!("CARGO_BIN_EXE_keepwarm-reader"));
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{api}"))
            .env("AWS_ENDPOINT_URL", format!("http{}://127.0.0.1:{aws}", if tls.is_some() { "s" } else { "" }))
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "AKID")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_SESSION_TOKEN", TOKEN)
            // Long, so that a busy machine does not change a test's result.
            .env("KEEPWARM_DEADLINE", "5m")
            .env("KEEPWARM_EXTENSION_PORT", port.to_string())
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let process = Some(command.spawn().expect("a process"));
        World { process, port, cloud, calls, events }
    }

    /// Starts it, and waits until it is ready for the first invocation. Tries again if another
    /// process took its port.
    fn ready(settings: &[(&str, &str)], tls: Option<Arc<ServerConfig>>) -> World {
        for _ in 0..5 {
            let world = World::start(settings, tls.clone());
            let (path, headers, body) = world.next_call();
            assert_eq!(path, "POST /2020-01-01/extension/register");
            assert_eq!(headers["lambda-extension-name"], "keepwarm-reader");
            assert_eq!(body, br#"{"events":["INVOKE","SHUTDOWN"]}"#);
            let (path, headers, body) = world.next_call();
            if path == "GET /2020-01-01/extension/event/next" {
                assert_eq!(headers["lambda-extension-identifier"], "id-1");
                return world;
            }
            let body = String::from_utf8_lossy(&body);
            assert!(body.contains("KEEPWARM_EXTENSION_PORT: must be a port"), "{path} {body}");
        }
        panic!("no port was free");
    }

    /// The next call of the Extensions API.
    fn next_call(&self) -> (String, HashMap<String, String>, Vec<u8>) {
        self.calls.recv_timeout(PATIENCE).expect("a call")
    }

    fn awaits_event(&self) {
        assert_eq!(self.next_call().0, "GET /2020-01-01/extension/event/next");
    }

    fn send(&self, request: &str) -> Answered {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        stream.write_all(request.as_bytes()).expect("a request");
        let (first, headers, body) = read_message(&mut stream).expect("an answer");
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
        Answered { status, headers, body }
    }

    fn ask(&self, method: &str, target: &str) -> Answered {
        let port = self.port;
        self.send(&format!("{method} {target} HTTP/1.1\r\nHost: localhost:{port}\r\nX-Keepwarm-Token: {TOKEN}\r\n\r\n"))
    }

    fn get(&self, target: &str) -> Answered {
        self.ask("GET", target)
    }

    fn put(&self, version: u64, value: &str) {
        self.cloud.lock().expect("a lock").item = Some(sealed(version, value));
    }

    fn requests(&self) -> Vec<String> {
        let requests = std::mem::take(&mut self.cloud.lock().expect("a lock").requests);
        requests.into_iter().map(|(name, _)| name).collect()
    }

    /// Ends it. Returns whether it succeeded, and its output.
    fn end(mut self, event: Option<Value>) -> (bool, String) {
        if let Some(event) = event {
            self.events.send(event).expect("a listener");
        }
        let process = self.process.take().expect("a process");
        let output = process.wait_with_output().expect("an end");
        let printed = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

const CREDENTIAL: &str = "/v1/credential?tenant=acme&name=db%2Fmain";

#[test]
fn serves_a_credential_through_the_life_of_an_environment() {
    let world = World::ready(&[], None);
    world.put(1, VALUE);
    let answer = world.get(CREDENTIAL);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/json");
    let found = answer.json();
    assert_eq!(found["value"].text(), Some(VALUE));
    assert_eq!(found["version"].whole(), Some(1));
    assert_eq!(world.requests(), ["GetItem", "Decrypt"]);

    world.events.send(json!({"eventType": "INVOKE", "tracing": {"value": "Root=1-2-3"}})).expect("a listener");
    world.awaits_event();
    assert_eq!(world.get(CREDENTIAL).status, 200);
    assert_eq!(world.requests(), [] as [&str; 0]);
    assert_eq!(world.get(&format!("{CREDENTIAL}&forceFetch=true")).status, 200);
    let requests = std::mem::take(&mut world.cloud.lock().expect("a lock").requests);
    assert_eq!(requests, [("GetItem".to_string(), Some("Root=1-2-3".to_string()))]);
    assert_eq!(world.get(&format!("{CREDENTIAL}&maxAge=1h")).status, 200);
    let stats = world.get("/v1/stats").json();
    assert_eq!((stats["nearHits"].whole(), stats["cacheReads"].whole()), (Some(2), Some(2)));

    let all = world.get("/v1/credentials?tenant=acme").json();
    let one = all["credentials"].object().expect("credentials")["db/main"].object().expect("a credential");
    assert_eq!(one["value"].text(), Some(VALUE));

    let (success, printed) = world.end(Some(json!({"eventType": "SHUTDOWN"})));
    assert!(success);
    assert_eq!(printed, "");
}

#[test]
fn prints_what_it_has_counted_if_it_is_told_to() {
    let table = "arn:aws:dynamodb:eu-central-1:123456789012:table/keepwarm-cache-x";
    let world = World::ready(&[("KEEPWARM_EXTENSION_METRICS", "1h"), ("KEEPWARM_CACHE_TABLE", table)], None);
    world.put(1, VALUE);
    assert_eq!(world.get(CREDENTIAL).status, 200);
    assert_eq!(world.get(CREDENTIAL).status, 200);
    // Too early for a line, so the line at the end has all counts.
    world.events.send(json!({"eventType": "INVOKE"})).expect("a listener");
    world.awaits_event();

    let (success, printed) = world.end(Some(json!({"eventType": "SHUTDOWN"})));

    assert!(success);
    assert_eq!(printed.lines().count(), 1, "{printed}");
    assert!(!printed.contains(VALUE) && !printed.contains("acme") && !printed.contains(TOKEN));
    let line: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!((&line["part"], &line["cache"]), (&json!("reader"), &json!("keepwarm-cache-x")));
    assert_eq!((&line["nearHits"], &line["cacheReads"], &line["misses"]), (&json!(1), &json!(1), &json!(0)));
    assert_eq!(line["lookupMillis"].as_array().map(Vec::len), Some(1));
    let described = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!((&described["Namespace"], &described["Dimensions"]), (&json!("Keepwarm"), &json!([["part", "cache"]])));
    let metrics = described["Metrics"].as_array().expect("metrics");
    assert!(metrics.contains(&json!({"Name": "nearHits", "Unit": "Count"})));
    assert!(metrics.contains(&json!({"Name": "lookupMillis", "Unit": "Milliseconds"})));
    // Each metric that is described is in the line.
    assert!(metrics.iter().all(|metric| line.get(metric["Name"].as_str().expect("a name")).is_some()));
}

#[test]
fn prints_metrics_when_the_invocations_are_over_that_they_count() {
    let world = World::ready(&[("KEEPWARM_EXTENSION_METRICS", "1ms")], None);
    world.put(1, VALUE);
    for _ in 0..2 {
        assert_eq!(world.get(&format!("{CREDENTIAL}&forceFetch=true")).status, 200);
        let asked = now();
        while now() < asked + 2 {
            std::hint::spin_loop();
        }
        world.events.send(json!({"eventType": "INVOKE"})).expect("a listener");
        world.awaits_event();
    }

    let (_, printed) = world.end(Some(json!({"eventType": "SHUTDOWN"})));

    let reads: Vec<Value> =
        printed.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["cacheReads"].clone()).collect();
    // Each line has the counts since the last one, and there is no line without counts.
    assert_eq!(reads, [json!(1), json!(1)]);
}

#[test]
fn several_requests_share_a_connection() {
    let world = World::ready(&[], None);
    world.put(1, VALUE);
    let request =
        format!("GET {CREDENTIAL} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nX-Keepwarm-Token: {TOKEN}\r\n\r\n", world.port);
    let mut stream = TcpStream::connect(("127.0.0.1", world.port)).expect("a connection");
    for _ in 0..3 {
        stream.write_all(request.as_bytes()).expect("a request");
        let (first, _, body) = read_message(&mut stream).expect("an answer");
        assert_eq!(first, "HTTP/1.1 200 OK");
        assert!(String::from_utf8_lossy(&body).contains(VALUE));
    }
}

#[test]
fn refuses_what_the_function_did_not_mean() {
    let world = World::ready(&[], None);
    world.put(1, VALUE);
    let port = world.port;
    let host = format!("Host: localhost:{port}\r\n");
    let token = format!("X-Keepwarm-Token: {TOKEN}\r\n");
    let both = format!("{host}{token}");
    for (headers, status) in [
        (both.clone(), 200),
        (host.clone(), 401),
        (format!("{host}X-Keepwarm-Token: {TOKEN}x\r\n"), 401),
        (format!("{host}X-Keepwarm-Token: \r\n"), 401),
        (token.clone(), 403),
        (format!("Host: example.org:{port}\r\n{token}"), 403),
        (format!("Host: localhost.example.org:{port}\r\n{token}"), 403),
        (format!("Host: localhost\r\n{token}"), 403),
        (format!("Host: 127.0.0.1:1\r\n{token}"), 403),
        (format!("{both}X-Forwarded-For: 127.0.0.1\r\n"), 403),
        (format!("{both}Forwarded: for=127.0.0.1\r\n"), 403),
        (format!("{both}Via: 1.1 proxy\r\n"), 403),
        (format!("{both}Origin: http://localhost:{port}\r\n"), 403),
        (format!("{both}Host: example.org\r\n"), 400),
        (format!("{both}{token}"), 400),
        (format!("{both}Content-Length: 1\r\n"), 400),
        (format!("{both}Transfer-Encoding: chunked\r\n"), 400),
        (format!("{both}X-Long: {}\r\n", "x".repeat(64 << 10)), 431),
    ] {
        let answer = world.send(&format!("GET {CREDENTIAL} HTTP/1.1\r\n{headers}\r\n"));
        assert_eq!(answer.status, status, "{headers}");
        if status != 200 {
            assert_eq!(answer.json()["code"].text(), Some("INVALID_REQUEST"));
            assert!(!String::from_utf8_lossy(&answer.body).contains(TOKEN));
        }
    }
    for (method, target, status) in [
        ("POST", CREDENTIAL, 405),
        ("GET", "/v1/forget?tenant=acme&name=db", 405),
        ("GET", "/", 404),
        ("GET", "http://example.org/v1/credential", 404),
        ("GET", "/v1/credential?tenant=acme&name=a&name=b", 400),
        ("GET", "/v1/credential?tenant=acme&name=db&max_age=1s", 400),
        ("GET", "/v1/credential?tenant=acme&name=%zz", 400),
        ("GET", "/v1/credential?tenant=acme&name=db&maxAge=soon", 400),
        ("GET", "/v1/credential?tenant=acme&name=db&forceFetch=1", 400),
        ("GET", "/v1/credential?tenant=acme&name=db&rejected=1", 400),
    ] {
        let answer = world.ask(method, target);
        assert_eq!(answer.code(), (status, "INVALID_REQUEST".into()), "{method} {target}");
    }
    for target in ["/v1/credential?tenant=acme", "/v1/credential?tenant=a%20b&name=c", "/v1/credentials"] {
        assert_eq!(world.get(target).code(), (400, "INVALID_ID".into()), "{target}");
    }
    assert_eq!(world.requests(), ["GetItem", "Decrypt"]);
}

#[test]
fn looks_for_something_newer_than_what_was_rejected() {
    let world = World::ready(&[], None);
    world.put(1, "one");
    let handle = world.get(CREDENTIAL).json()["handle"].text().expect("a handle").to_string();
    let rejected = format!("{CREDENTIAL}&rejected={handle}");
    world.cloud.lock().expect("a lock").answer = Some(json!({"entries": [sealed(1, "one")]}));
    assert_eq!(world.get(&rejected).code(), (409, "REJECTED".into()));
    assert_eq!(world.requests(), ["GetItem", "Decrypt", "Invoke"]);

    // The reader does not ask again so soon.
    world.cloud.lock().expect("a lock").answer = Some(json!({"entries": [sealed(2, "two")]}));
    assert_eq!(world.get(&rejected).code(), (409, "REJECTED".into()));
    assert_eq!(world.requests(), [] as [&str; 0]);

    assert_eq!(world.ask("POST", "/v1/forget?tenant=acme&name=db/main").status, 200);
    let newer = world.get(&rejected).json();
    assert_eq!((newer["value"].text(), newer["version"].whole()), (Some("two"), Some(2)));
    assert_eq!(world.requests(), ["Invoke"]);
    assert_eq!(world.get(&rejected).json()["value"].text(), Some("two"));

    // The same version with another value is news, too.
    let other = newer["handle"].text().expect("a handle").replace("2.", "3.");
    world.ask("POST", "/v1/forget?tenant=acme&name=db/main");
    world.cloud.lock().expect("a lock").answer = Some(json!({"entries": [sealed(3, "three")]}));
    let rejected = format!("{CREDENTIAL}&rejected={other}");
    assert_eq!(world.get(&rejected).json()["value"].text(), Some("three"));
    assert_eq!(world.get("/v1/stats").json()["rejections"].whole(), Some(5));
}

#[test]
fn tells_errors_by_their_codes_and_nothing_else() {
    let world = World::ready(&[], None);
    assert_eq!(world.get(CREDENTIAL).code(), (503, "UNAVAILABLE".into()));
    let refused = |state: &str, more: Value| {
        let mut item = json!({
            "tenant": {"S": "acme"}, "name": {"S": "db/main"}, "state": {"S": state},
            "retryAt": {"N": (now() + 60_000).to_string()}, "sealedAt": {"N": "1"}, "siblings": {"N": "1"},
        });
        for (name, value) in more.as_object().expect("attributes") {
            item[name] = value.clone();
        }
        world.cloud.lock().expect("a lock").item = Some(item);
        world.get(&format!("{CREDENTIAL}&forceFetch=true"))
    };
    let undecodable = refused("FAILED", json!({"failure": {"S": "BAD_PADDING"}}));
    assert_eq!(undecodable.code(), (422, "UNDECODABLE".into()));
    assert_eq!(undecodable.json()["failure"].text(), Some("BAD_PADDING"));
    let not_found = refused("FAILED", json!({"failure": {"S": "NOT_FOUND"}}));
    assert_eq!(not_found.code(), (404, "NOT_FOUND".into()));
    let revoked = refused("INVALID", json!({"revoked": {"N": "1"}, "revokedAt": {"N": "1"}}));
    assert_eq!(revoked.code(), (410, "REVOKED".into()));
    let mut tampered = sealed(1, VALUE);
    tampered["version"] = json!({"N": "2"});
    world.cloud.lock().expect("a lock").item = Some(tampered);
    let answer = world.get(&format!("{CREDENTIAL}&forceFetch=true"));
    assert_eq!(answer.code(), (502, "TAMPERED".into()));

    world.put(1, VALUE);
    assert_eq!(world.get(&format!("{CREDENTIAL}&forceFetch=true")).status, 200);
    assert_eq!(world.ask("POST", "/v1/invalidate?tenant=acme&name=db/main").status, 200);
    assert_eq!(world.requests().last().map(String::as_str), Some("PutEvents"));
    let (success, printed) = world.end(Some(json!({"eventType": "SHUTDOWN"})));
    assert!(success);
    assert_eq!(printed, "");
}

#[test]
fn fails_the_functions_start_if_a_setting_is_wrong() {
    let world = World::start(&[("KEEPWARM_NEAR_TTL", VALUE)], None);
    assert!(world.next_call().0.ends_with("/register"));
    let (path, headers, body) = world.next_call();
    assert_eq!(path, "POST /2020-01-01/extension/init/error");
    assert_eq!(headers["lambda-extension-function-error-type"], "Extension.INVALID_CONFIGURATION");
    assert!(String::from_utf8_lossy(&body).contains("KEEPWARM_NEAR_TTL: must be"));
    let (success, printed) = world.end(None);
    assert!(!success);
    assert!(printed.starts_with("keepwarm: INVALID_CONFIGURATION: KEEPWARM_NEAR_TTL: must be"), "{printed}");
    assert!(!printed.contains(VALUE));
}

#[test]
fn reads_over_tls_from_whom_it_trusts_only() {
    let certificate = rcgen::generate_simple_self_signed(["127.0.0.1".to_string()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key)
        .expect("a configuration");
    let tls = Arc::new(tls);
    let file = format!("{}/certificate-{}.pem", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    std::fs::write(&file, certificate.cert.pem()).expect("a file");

    let world = World::ready(&[("AWS_CA_BUNDLE", &file)], Some(tls.clone()));
    world.put(1, VALUE);
    assert_eq!(world.get(CREDENTIAL).json()["value"].text(), Some(VALUE));
    assert_eq!(world.requests(), ["GetItem", "Decrypt"]);

    let stranger = World::ready(&[], Some(tls));
    stranger.put(1, VALUE);
    assert_eq!(stranger.get(CREDENTIAL).code(), (503, "UNAVAILABLE".into()));
    assert_eq!(stranger.requests(), [] as [&str; 0]);
}

#[test]
fn retries_what_may_pass() {
    let world = World::ready(&[], None);
    world.put(1, VALUE);
    world.cloud.lock().expect("a lock").failures = 3;
    assert_eq!(world.get(CREDENTIAL).status, 200);
    assert_eq!(world.requests(), ["GetItem", "GetItem", "GetItem", "GetItem", "Decrypt"]);

    // The near entry is served in an outage, but not as a recent one.
    world.cloud.lock().expect("a lock").failures = 4;
    assert_eq!(world.get(&format!("{CREDENTIAL}&forceFetch=true")).code(), (503, "UNAVAILABLE".into()));
    assert_eq!(world.requests(), ["GetItem"; 4]);
    assert_eq!(world.get(CREDENTIAL).status, 200);
}

#[test]
fn takes_the_credentials_of_the_container_as_under_snap_start() {
    let container = serve(None, |request| {
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/credentials"));
        assert_eq!(request.headers["authorization"], "the-container's-token");
        let answer = json!({
            "AccessKeyId": "AKID", "SecretAccessKey": "secret", "Token": "t",
            "Expiration": "2999-01-01T00:00:00Z",
        });
        (200, vec![], answer.to_string())
    });
    let address = format!("http://127.0.0.1:{container}/credentials");
    let world = World::ready(
        &[
            ("AWS_ACCESS_KEY_ID", ""),
            ("AWS_SESSION_TOKEN", ""),
            ("KEEPWARM_EXTENSION_TOKEN", TOKEN),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &address),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the-container's-token"),
        ],
        None,
    );
    world.put(1, VALUE);
    assert_eq!(world.get(CREDENTIAL).json()["value"].text(), Some(VALUE));

    let stranger = World::start(&[("AWS_ACCESS_KEY_ID", ""), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://a")], None);
    let (success, printed) = stranger.end(None);
    assert!(!success);
    assert!(printed.contains("INVALID_CONFIGURATION: AWS_CONTAINER_CREDENTIALS_FULL_URI: must be"), "{printed}");
}

#[test]
fn connects_while_the_function_initializes() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("https://{}", listener.local_addr().expect("an address"));
    let (sender, connected) = channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut first = [0];
        let _ = sender.send(stream.read_exact(&mut first).map(|()| first[0]));
    });
    let _world = World::ready(&[("AWS_ENDPOINT_URL", &address)], None);
    const HANDSHAKE: u8 = 22;
    assert_eq!(connected.recv_timeout(PATIENCE).expect("a connection").ok(), Some(HANDSHAKE));
}

/// The blocks of code in a language that the document has, in their order.
fn examples(language: &str) -> Vec<&'static str> {
    let document = include_str!("../../../docs/reader-extension.md");
    let blocks = document.split("\n```").skip(1).step_by(2);
    blocks.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

/// The output of a program in a function with the extension; none, and a message, if `tool` is not
/// installed.
fn run(world: &World, tool: &str, arguments: &[&str], file: &str, program: &str) -> Option<String> {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("example-{}", world.port));
    std::fs::create_dir_all(&directory).expect("a directory");
    let path = directory.join(file);
    std::fs::write(&path, program.replace("localhost:2774", &format!("localhost:{}", world.port))).expect("a file");
    let mut command = Command::new(tool);
    command.args(arguments).arg(&path).env("AWS_SESSION_TOKEN", TOKEN);
    for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(proxy);
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // Not println!, whose output is hidden if a test succeeds.
            let message = format!("cache-reader/extension: its example is not run, there is no {tool}\n");
            std::io::stderr().write_all(message.as_bytes()).expect("a message");
            return None;
        }
        Err(error) => panic!("{tool}: {error}"),
    };
    let _ = std::fs::remove_dir_all(&directory);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim_end().to_string())
}

#[test]
fn the_documented_python_reads_a_credential_and_replaces_one_that_is_rejected() {
    let world = World::ready(&[], None);
    world.put(1, VALUE);
    world.cloud.lock().expect("a lock").answer = Some(json!({"entries": [sealed(2, "newer")]}));
    let [reads, replaces] = examples("python")[..] else { panic!("other examples") };
    let given = "
class LoginFailed(Exception):
    pass

def connect(value):
    print(value)
    if value != 'newer':
        raise LoginFailed()
";
    let program = format!("{reads}\nprint(password)\n{given}\n{replaces}");
    if let Some(printed) = run(&world, "python3", &[], "example.py", &program) {
        assert_eq!(printed, format!("{VALUE}\n{VALUE}\nnewer"));
        assert_eq!(world.requests(), ["GetItem", "Decrypt", "Invoke"]);
    }
}

#[test]
fn the_documented_ruby_reads_a_credential() {
    let world = World::ready(&[], None);
    world.put(1, VALUE);
    let [reads] = examples("ruby")[..] else { panic!("other examples") };
    let program = format!(
        "{reads}\nputs credential('acme', 'db/main')\nbegin\n  credential('acme', 'db/ main')\nrescue => error\n  puts error.message\nend"
    );
    if let Some(printed) = run(&world, "ruby", &[], "example.rb", &program) {
        assert_eq!(printed, format!("{VALUE}\nINVALID_ID"));
    }
}

#[test]
fn the_documented_go_reads_a_credential() {
    let world = World::ready(&[], None);
    world.put(1, VALUE);
    let [reads] = examples("go")[..] else { panic!("other examples") };
    let program = format!(
        "package main

import (
	\"context\"
	\"encoding/json\"
	\"errors\"
	\"fmt\"
	\"net/http\"
	\"net/url\"
	\"os\"
	\"strings\"
)

{reads}

func main() {{
	fmt.Println(credential(context.Background(), \"acme\", \"db/main\"))
	_, err := credential(context.Background(), \"acme\", \"not allowed\")
	fmt.Println(err)
}}
"
    );
    if let Some(printed) = run(&world, "go", &["run"], "example.go", &program) {
        assert_eq!(printed, format!("{VALUE} <nil>\nINVALID_ID"));
    }
}
