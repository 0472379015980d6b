//! HTTP/1.1 over connections that are kept. Every wait is short enough to notice that the process was frozen.

use super::endpoints::Url;
use crate::clock::{Clock, Deadline, Moment, locked};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use zeroize::Zeroizing;

/// More than any response to the reader: those of Lambda have at most 6 MB.
const MAX_BODY: usize = 8 << 20;

/// More than the head of any response.
const MAX_HEAD: usize = 64 << 10;

/// A connection idle for longer is not used again: a frozen process cannot see it closed. In milliseconds.
const MAX_IDLE: i64 = 20_000;

/// One request.
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The address to send to.
    pub url: &'a Url,
    /// The path after the host.
    pub path: &'a str,
    /// All headers except `content-length`.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
}

/// A complete response. Its body is wiped when it is dropped.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The error if there was no complete response.
#[derive(Debug)]
pub struct NoAnswer {
    /// What went wrong, without any content.
    pub what: String,
    /// Whether this says nothing about the host: a kept connection was dead, or this process stood
    /// still.
    pub stale: bool,
}

/// The connections. Thread-safe.
pub struct Http {
    clock: Arc<Clock>,
    tls: Arc<ClientConfig>,
    idle: Mutex<HashMap<String, Vec<(Connection, Moment)>>>,
}

struct Connection {
    socket: TcpStream,
    tls: Option<Box<ClientConnection>>,
}

/// One attempt: when it ends, and the deadline of the call that it belongs to.
struct Attempt<'a> {
    clock: &'a Clock,
    end: i64,
    deadline: &'a Deadline,
}

impl Attempt<'_> {
    fn left(&self) -> i64 {
        (self.end - self.clock.elapsed()).min(self.deadline.left()).max(0)
    }
}

/// A socket whose reads and writes end with the attempt.
struct Wire<'a> {
    socket: &'a TcpStream,
    attempt: &'a Attempt<'a>,
}

impl Wire<'_> {
    fn attend(&self, mut transfer: impl FnMut(Duration) -> io::Result<usize>) -> io::Result<usize> {
        loop {
            match self.attempt.deadline.attend(self.attempt.left(), &mut transfer) {
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if self.attempt.left() == 0 {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut socket = self.socket;
        self.attend(|part| {
            socket.set_read_timeout(Some(part))?;
            socket.read(buffer)
        })
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut socket = self.socket;
        self.attend(|part| {
            socket.set_write_timeout(Some(part))?;
            socket.write(bytes)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Http {
    /// `ca_bundle` is a file of certificates to trust besides the usual ones. Fails with the reason
    /// if the file cannot be used.
    pub fn new(clock: Arc<Clock>, ca_bundle: Option<&str>) -> Result<Http, String> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(file) = ca_bundle {
            let certificates = CertificateDer::pem_file_iter(file).map_err(|_| "cannot be read")?;
            for certificate in certificates {
                let certificate = certificate.map_err(|_| "has contents other than certificates")?;
                roots.add(certificate).map_err(|_| "has a certificate that cannot be used")?;
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| "no protocol versions")?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Http { clock, tls: Arc::new(config), idle: Mutex::new(HashMap::new()) })
    }

    /// Sends a request, and returns the complete response, whatever its status.
    pub fn send(&self, request: &Request, timeout: i64, deadline: &Deadline) -> Result<Response, NoAnswer> {
        let begun = self.clock.moment();
        let attempt = Attempt { clock: &self.clock, end: begun.elapsed + timeout, deadline };
        let key = key_of(request.url);
        let kept = self.take_idle(&key);
        let reused = kept.is_some();
        let mut answered = false;
        let result = kept
            .map_or_else(|| self.connect(request.url, &attempt), Ok)
            .and_then(|connection| exchange(connection, request, &attempt, &mut answered));
        match result {
            Ok((response, kept)) => {
                if let Some(connection) = kept {
                    self.keep(key, connection);
                }
                Ok(response)
            }
            Err(error) => {
                let timed_out = error.kind() == ErrorKind::TimedOut;
                let is_late = self.clock.since(begun) > timeout + timeout / 2;
                Err(NoAnswer {
                    what: if timed_out {
                        format!("no answer within {timeout} ms")
                    } else {
                        // Not the error's text: that of TLS quotes its input.
                        format!("no connection ({:?})", error.kind())
                    },
                    stale: is_late || (reused && !answered),
                })
            }
        }
    }

    /// Connects to a host, so that the next request need not. A failure is not reported: the
    /// request reports it.
    pub fn preconnect(&self, url: &Url, timeout: i64, deadline: &Deadline) {
        let attempt = Attempt { clock: &self.clock, end: self.clock.elapsed() + timeout, deadline };
        let connected = self.connect(url, &attempt).and_then(|mut connection| {
            let Connection { socket, tls } = &mut connection;
            let mut wire = Wire { socket, attempt: &attempt };
            while let Some(tls) = tls.as_mut().filter(|tls| tls.is_handshaking()) {
                tls.complete_io(&mut wire)?;
            }
            Ok(connection)
        });
        if let Ok(connection) = connected {
            self.keep(key_of(url), connection);
        }
    }

    /// Closes the connections that no request is using.
    pub fn drop_idle(&self) {
        locked(&self.idle).clear();
    }

    fn keep(&self, key: String, connection: Connection) {
        let from = self.clock.moment();
        locked(&self.idle).entry(key).or_default().push((connection, from));
    }

    fn take_idle(&self, key: &str) -> Option<Connection> {
        let mut idle = locked(&self.idle);
        for connections in idle.values_mut() {
            connections.retain(|(_, from)| self.clock.since(*from) < MAX_IDLE);
        }
        let connections = idle.get_mut(key)?;
        while let Some((mut connection, _)) = connections.pop() {
            if is_quiet(&mut connection) {
                return Some(connection);
            }
        }
        None
    }

    fn connect(&self, url: &Url, attempt: &Attempt) -> io::Result<Connection> {
        let addresses = resolve_name(url, attempt)?;
        let mut last = io::Error::from(ErrorKind::NotFound);
        for (tried, address) in addresses.iter().enumerate() {
            let share = attempt.left() / (addresses.len() - tried) as i64;
            let connect = |time| TcpStream::connect_timeout(address, time);
            match attempt.deadline.attend_all(share, connect) {
                Ok(socket) => {
                    socket.set_nodelay(true)?;
                    let tls = if url.secure {
                        let name = ServerName::try_from(url.host.clone()).map_err(io::Error::other)?;
                        let tls = ClientConnection::new(self.tls.clone(), name);
                        Some(Box::new(tls.map_err(io::Error::other)?))
                    } else {
                        None
                    };
                    return Ok(Connection { socket, tls });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn key_of(url: &Url) -> String {
    format!("{} {}", url.secure, url.authority())
}

/// Whether the other side has neither closed an idle connection nor sent anything on it except
/// TLS's own messages, such as tickets.
fn is_quiet(connection: &mut Connection) -> bool {
    let Connection { socket, tls } = connection;
    if socket.set_nonblocking(true).is_err() {
        return false;
    }
    let is_quiet = match tls {
        None => socket.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock),
        Some(tls) => loop {
            match tls.read_tls(socket) {
                Ok(count) if count > 0 => match tls.process_new_packets() {
                    Ok(state) if !state.peer_has_closed() && state.plaintext_bytes_to_read() == 0 => {}
                    _ => break false,
                },
                Err(error) if error.kind() == ErrorKind::WouldBlock => break true,
                _ => break false,
            }
        },
    };
    is_quiet && socket.set_nonblocking(false).is_ok()
}

/// In a separate thread, because the resolver has timeouts of its own.
fn resolve_name(url: &Url, attempt: &Attempt) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = url.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, url.port)]);
    }
    let (sender, receiver) = mpsc::channel();
    let (host, port) = (url.host.clone(), url.port);
    std::thread::Builder::new().name("resolver".into()).spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs().map(|addresses| addresses.collect());
        // If it took too long, no thread receives the result any more.
        let _ = sender.send(found);
    })?;
    while attempt.left() > 0 {
        match attempt.deadline.attend(attempt.left(), |part| receiver.recv_timeout(part)) {
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return Err(ErrorKind::NotFound.into()),
            Ok(found) => return found,
        }
    }
    Err(ErrorKind::TimedOut.into())
}

fn exchange(
    mut connection: Connection,
    request: &Request,
    attempt: &Attempt,
    answered: &mut bool,
) -> io::Result<(Response, Option<Connection>)> {
    let mut message = format!("{} {} HTTP/1.1\r\n", request.method, request.path).into_bytes();
    for (name, value) in request.headers {
        if value.bytes().any(|b| b < 0x20 || b == 0x7f) {
            return Err(ErrorKind::InvalidInput.into());
        }
        message.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    message.extend_from_slice(format!("content-length: {}\r\n\r\n", request.body.len()).as_bytes());
    message.extend_from_slice(request.body);

    let Connection { socket, tls } = &mut connection;
    let mut wire = Wire { socket, attempt };
    let (response, is_kept) = match tls {
        None => talk(&mut wire, &message, answered)?,
        Some(tls) => talk(&mut rustls::Stream::new(tls.as_mut(), &mut wire), &message, answered)?,
    };
    Ok((response, is_kept.then_some(connection)))
}

/// Writes a request and reads its response. Also returns whether the connection can be used again.
fn talk(stream: &mut (impl Read + Write), message: &[u8], answered: &mut bool) -> io::Result<(Response, bool)> {
    stream.write_all(message)?;
    stream.flush()?;
    let mut received = Zeroizing::new(Vec::with_capacity(8 << 10));
    let (mut response, length, is_kept) = loop {
        if !more(stream, &mut received)? {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        *answered = true;
        if let Some(head) = parse_head(&received)? {
            break head;
        }
        if received.len() > MAX_HEAD {
            return Err(ErrorKind::InvalidData.into());
        }
    };
    received.drain(..length);
    let is_chunked = response.header("transfer-encoding").is_some_and(|value| value.contains("chunked"));
    let announced = response.header("content-length").map(str::parse::<usize>);
    let is_framed = is_chunked || announced.is_some() || matches!(response.status, 204 | 304);
    if is_chunked {
        response.body = read_chunks(stream, received)?;
    } else if let Some(announced) = announced {
        let announced = announced.map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
        if announced > MAX_BODY {
            return Err(ErrorKind::InvalidData.into());
        }
        while received.len() < announced {
            if !more(stream, &mut received)? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        received.truncate(announced);
        response.body = received;
    } else if is_framed {
        response.body = received;
    } else {
        while more(stream, &mut received)? {}
        response.body = received;
    }
    Ok((response, is_kept && is_framed))
}

/// Reads what has arrived; false at the end of the stream.
fn more(stream: &mut impl Read, received: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = Zeroizing::new([0; 8 << 10]);
    let count = stream.read(buffer.as_mut())?;
    if received.len() + count > MAX_BODY + MAX_HEAD {
        return Err(ErrorKind::InvalidData.into());
    }
    received.extend_from_slice(&buffer[..count]);
    Ok(count > 0)
}

/// Parses the head of a response, its length, and whether the connection stays open; none if it is
/// not complete.
fn parse_head(received: &[u8]) -> io::Result<Option<(Response, usize, bool)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut headers);
    let length = match head.parse(received).map_err(|_| io::Error::from(ErrorKind::InvalidData))? {
        httparse::Status::Partial => return Ok(None),
        httparse::Status::Complete(length) => length,
    };
    let response = Response {
        status: head.code.unwrap_or(0),
        headers: head
            .headers
            .iter()
            .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).trim().into()))
            .collect(),
        body: Zeroizing::new(Vec::new()),
    };
    let is_closing = response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    let is_kept = head.version == Some(1) && !is_closing;
    Ok(Some((response, length, is_kept)))
}

fn read_chunks(stream: &mut impl Read, mut received: Zeroizing<Vec<u8>>) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut body = Zeroizing::new(Vec::new());
    let mut at = 0;
    loop {
        let parsed =
            httparse::parse_chunk_size(&received[at..]).map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
        if let httparse::Status::Complete((head, size)) = parsed {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            if size > MAX_BODY - body.len() {
                return Err(ErrorKind::InvalidData.into());
            }
            // The last chunk is followed by trailers, of which AWS has none, and an empty line.
            let end = at + head + size + 2;
            if received.len() >= end {
                body.extend_from_slice(&received[at + head..end - 2]);
                if size == 0 {
                    return Ok(body);
                }
                at = end;
                continue;
            }
        }
        if !more(stream, &mut received)? {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fake(Vec<Vec<u8>>);

    impl Read for Fake {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let part = self.0.remove(0);
            buffer[..part.len()].copy_from_slice(&part);
            Ok(part.len())
        }
    }

    impl Write for Fake {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn answer(text: &str, size: usize) -> io::Result<(String, bool)> {
        let parts = text.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
        let (response, is_kept) = talk(&mut Fake(parts), b"", &mut false)?;
        Ok((String::from_utf8_lossy(&response.body).into(), is_kept))
    }

    #[test]
    fn reads_an_answer_however_it_is_split() {
        for size in [1, 3, 1000] {
            for (text, body, is_kept) in [
                ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", true),
                ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true),
                ("HTTP/1.1 204 None\r\n\r\n", "", true),
                ("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nhi", "hi", false),
                ("HTTP/1.0 200 OK\r\n\r\nall of it", "all of it", false),
                (
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
                    "hello",
                    true,
                ),
            ] {
                let (found, kept) = answer(text, size).expect(text);
                assert_eq!((found.as_str(), kept), (body, is_kept), "{text}");
            }
        }
    }

    #[test]
    fn refuses_what_is_no_whole_answer() {
        for text in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhell",
            "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel",
            "nonsense\r\n\r\n",
        ] {
            assert!(answer(text, 1000).is_err(), "{text}");
        }
    }
}
