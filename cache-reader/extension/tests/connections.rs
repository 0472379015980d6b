//! Connections over TLS, and how long they are used.

use keepwarm_extension::aws::endpoints::Url;
use keepwarm_extension::aws::http::{Http, Request};
use keepwarm_extension::clock::{Clock, Deadline, Host};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(300);

/// Elapsed time stands still, as in a freeze; the wall clock is moved by the test.
#[derive(Default)]
struct Frozen(AtomicI64);

impl Host for Frozen {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> i64 {
        0
    }
}

/// A server that signals when a handshake is complete, including tickets, and then responds until
/// it must hang up.
struct Server {
    http: Http,
    url: Url,
    host: Arc<Frozen>,
    clock: Arc<Clock>,
    shaken: Receiver<()>,
    hang_up: Sender<()>,
    hung_up: Receiver<()>,
}

impl Server {
    fn start(name: &str) -> Server {
        let certificate = rcgen::generate_simple_self_signed(["127.0.0.1".to_string()]).expect("a certificate");
        let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.cert.der().clone()], key)
            .expect("a configuration");
        let config = Arc::new(config);
        let file = format!("{}/{name}-{}.pem", env!("CARGO_TARGET_TMPDIR"), std::process::id());
        std::fs::write(&file, certificate.cert.pem()).expect("a file");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("https://{}", listener.local_addr().expect("an address"));
        let (shake, shaken) = channel();
        let (hang_up, told) = channel::<()>();
        let (gone, hung_up) = channel();
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let socket = socket.expect("a connection");
                let mut tls = ServerConnection::new(config.clone()).expect("a connection");
                while tls.is_handshaking() || tls.wants_write() {
                    tls.complete_io(&mut &socket).expect("a handshake");
                }
                let _ = shake.send(());
                let mut stream = StreamOwned::new(tls, socket);
                let mut request = [0; 1024];
                while told.try_recv().is_err() {
                    match stream.read(&mut request) {
                        Ok(count) if count > 0 => {
                            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
                            stream.write_all(answer).expect("an answer");
                        }
                        _ => break,
                    }
                }
                drop(stream);
                let _ = gone.send(());
            }
        });
        let host = Arc::new(Frozen::default());
        let clock = Arc::new(Clock::new(host.clone()));
        let http = Http::new(clock.clone(), Some(&file)).expect("a client");
        let url = Url::parse(&url).expect("an address");
        Server { http, url, host, clock, shaken, hang_up, hung_up }
    }

    fn ask(&self) -> Vec<u8> {
        let headers = [("host".to_string(), self.url.authority())];
        let request = Request { method: "GET", url: &self.url, path: "/", headers: &headers, body: b"" };
        let deadline = Deadline::begin(&self.clock, 300_000);
        self.http.send(&request, 300_000, &deadline).expect("an answer").body.to_vec()
    }

    /// Whether there is another connection.
    fn has_shaken(&self) -> bool {
        self.shaken.try_recv().is_ok()
    }
}

#[test]
fn a_connection_that_was_made_in_advance_is_used() {
    let server = Server::start("advance");
    server.http.preconnect(&server.url, 300_000, &Deadline::begin(&server.clock, 300_000));
    server.shaken.recv_timeout(PATIENCE).expect("a handshake");
    assert_eq!(server.ask(), b"hi");
    assert_eq!(server.ask(), b"hi");
    assert!(!server.has_shaken());
}

#[test]
fn a_connection_that_was_idle_in_a_freeze_is_not_used() {
    let server = Server::start("freeze");
    assert_eq!(server.ask(), b"hi");
    assert!(server.has_shaken());
    server.host.0.store(19_999, Ordering::SeqCst);
    assert_eq!(server.ask(), b"hi");
    assert!(!server.has_shaken());
    server.host.0.store(60_000, Ordering::SeqCst);
    assert_eq!(server.ask(), b"hi");
    assert!(server.has_shaken());
}

#[test]
fn a_connection_that_the_other_side_has_closed_is_not_used() {
    let server = Server::start("closed");
    server.hang_up.send(()).expect("a server");
    server.hang_up.send(()).expect("a server");
    server.http.preconnect(&server.url, 300_000, &Deadline::begin(&server.clock, 300_000));
    server.shaken.recv_timeout(PATIENCE).expect("a handshake");
    server.hung_up.recv_timeout(PATIENCE).expect("an end");
    server.http.preconnect(&server.url, 300_000, &Deadline::begin(&server.clock, 300_000));
    server.shaken.recv_timeout(PATIENCE).expect("a handshake");
    server.hung_up.recv_timeout(PATIENCE).expect("an end");
    assert_eq!(server.ask(), b"hi");
    assert!(server.has_shaken());
}
