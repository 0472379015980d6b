//! AWS Signature Version 4 of a POST without a query. The reader sends no other requests. Why this
//! is not a library: see docs/decisions/0013-node-signs-by-itself.md.

use super::credentials::Credentials;
use super::dates;
use ring::{digest, hmac};

/// A request to sign.
pub struct Signable<'a> {
    /// The service's name.
    pub service: &'a str,
    /// The Region.
    pub region: &'a str,
    /// As in the Host header.
    pub host: &'a str,
    /// As it is sent: percent-encoded once.
    pub path: &'a str,
    /// Names in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// All headers to send, with the signature.
pub fn sign(request: &Signable, credentials: &Credentials, now: i64) -> Vec<(String, String)> {
    let time = dates::basic(now);
    let scope = format!("{}/{}/{}/aws4_request", &time[..8], request.region, request.service);
    let mut headers: Vec<(String, String)> =
        request.headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    headers.push(("host".into(), request.host.into()));
    headers.push(("x-amz-date".into(), time.clone()));
    if let Some(token) = &credentials.session_token {
        headers.push(("x-amz-security-token".into(), token.clone()));
    }
    headers.sort();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let signed = names.join(";");
    let mut canonical = format!("POST\n{}\n\n", encode_path(request.path));
    for (name, value) in &headers {
        canonical += &format!("{name}:{value}\n");
    }
    canonical += &format!("\n{signed}\n{}", sha256(request.body));
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(canonical.as_bytes()));
    let secret = format!("AWS4{}", credentials.secret_access_key);
    let mut key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    for part in scope.split('/') {
        key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
    }
    let signature = hex(hmac::sign(&key, to_sign.as_bytes()).as_ref());
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed}, Signature={signature}",
        credentials.access_key_id
    );
    headers.push(("authorization".into(), authorization));
    headers
}

/// Percent-encodes all characters except those that RFC 3986 leaves unreserved.
pub fn encode_segment(segment: &str) -> String {
    let mut encoded = String::new();
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte as char);
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
}

/// Every service but S3 wants the path's segments encoded once more than they are sent.
fn encode_path(path: &str) -> String {
    path.split('/').map(encode_segment).collect::<Vec<_>>().join("/")
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(session_token: Option<&str>) -> Credentials {
        Credentials {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: session_token.map(String::from),
        }
    }

    fn signature(headers: &[(String, String)]) -> &str {
        let (_, authorization) = headers.last().expect("a header");
        authorization.split("Signature=").nth(1).expect("a signature")
    }

    /// `post-vanilla` of AWS's own test suite.
    #[test]
    fn signs_as_aws_does() {
        let signable = Signable {
            service: "service",
            region: "us-east-1",
            host: "example.amazonaws.com",
            path: "/",
            headers: &[],
            body: b"",
        };
        let headers = sign(&signable, &credentials(None), 1_440_938_160_000);
        let expected = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
        assert_eq!(signature(&headers), expected);
    }

    /// As the Node reader signs it, which its tests compare with the AWS SDK.
    #[test]
    fn encodes_a_path_twice_and_signs_the_session_token() {
        let function = "arn:aws:lambda:eu-central-1:111122223333:function:keepwarm-resolver";
        let signable = Signable {
            service: "lambda",
            region: "eu-central-1",
            host: "lambda.eu-central-1.amazonaws.com",
            path: &format!("/2015-03-31/functions/{}/invocations", encode_segment(function)),
            headers: &[("content-type", "application/json")],
            body: br#"{"tenant":"acme"}"#,
        };
        let headers = sign(&signable, &credentials(Some("a/session+token==")), 1_767_225_600_000);
        let expected = "6c006eee9c21cfcff37c8f8d6bc3b1954438a39339007e6e548de9d1d989905a";
        assert_eq!(signature(&headers), expected);
    }
}
