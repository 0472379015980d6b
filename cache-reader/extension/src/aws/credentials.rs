//! AWS credentials from the environment, or from the container's endpoint, as under SnapStart.

use super::dates;
use super::endpoints::Url;
use super::http::{Http, Request};
use crate::clock::{Clock, Deadline, locked};
use crate::error::{Code, Error};
use crate::json::{Json, parse_object};
use crate::settings::Env;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

/// AWS credentials.
#[derive(Clone)]
pub struct Credentials {
    /// The id of the access key.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
    /// The token of temporary credentials.
    pub session_token: Option<String>,
}

/// Where the credentials come from.
pub struct Provider(Source);

enum Source {
    Fixed(Credentials),
    Container { url: Url, token: Option<String>, kept: Mutex<Option<(Credentials, i64)>> },
    None,
}

/// How long the container's host may take, in milliseconds.
const PATIENCE: i64 = 1000;

/// How long before their expiry credentials are fetched again, in milliseconds.
const BEFORE_EXPIRY: i64 = 60_000;

impl Provider {
    /// Takes the credentials of the environment, or else the container's. Fails with
    /// `INVALID_CONFIGURATION` if the environment names a host that must not be called.
    pub fn new(env: Env) -> Result<Provider, Error> {
        let get = |name: &str| env(name).filter(|value| !value.is_empty());
        if let (Some(id), Some(secret)) = (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) {
            return Ok(Provider(Source::Fixed(Credentials {
                access_key_id: id,
                secret_access_key: secret,
                session_token: get("AWS_SESSION_TOKEN"),
            })));
        }
        const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
        let address = match get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            Some(path) => Some(format!("http://169.254.170.2{path}")),
            None => get(FULL),
        };
        let Some(address) = address else {
            return Ok(Provider(Source::None));
        };
        let url = Url::parse(&address).filter(may_be_told).ok_or_else(|| {
            let allowed = "must be an address of ECS, EKS or this host, or https";
            Error::new(Code::InvalidConfiguration, format!("{FULL}: {allowed}"))
        })?;
        let token = get("AWS_CONTAINER_AUTHORIZATION_TOKEN");
        Ok(Provider(Source::Container { url, token, kept: Mutex::new(None) }))
    }

    /// The credentials to sign with now. Fails with `DENIED` if there are none.
    pub fn get(&self, clock: &Clock, http: &Http, deadline: &Arc<Deadline>) -> Result<Credentials, Error> {
        match &self.0 {
            Source::Fixed(credentials) => Ok(credentials.clone()),
            Source::None => Err(Error::new(Code::Denied, "no AWS credentials in the environment")),
            Source::Container { url, token, kept } => {
                let known = locked(kept).clone();
                if let Some((credentials, expiry)) = &known
                    && expiry - clock.date() > BEFORE_EXPIRY
                {
                    return Ok(credentials.clone());
                }
                match ask(url, token.as_deref(), http, deadline) {
                    Ok(fresh) => {
                        *locked(kept) = Some(fresh.clone());
                        Ok(fresh.0)
                    }
                    // The old credentials are used until they expire.
                    Err(error) => match known {
                        Some((credentials, expiry)) if expiry > clock.date() => Ok(credentials),
                        _ => Err(error),
                    },
                }
            }
        }
    }

    /// Drops credentials that AWS refused. Returns whether there may be others.
    pub fn refused(&self) -> bool {
        match &self.0 {
            Source::Container { kept, .. } => {
                *locked(kept) = None;
                true
            }
            _ => false,
        }
    }
}

/// Only the hosts of ECS and EKS, and this one, may be called over plain http.
fn may_be_told(url: &Url) -> bool {
    let is_loopback = url.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let known = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost"];
    url.secure || is_loopback || known.contains(&url.host.as_str())
}

fn ask(url: &Url, token: Option<&str>, http: &Http, deadline: &Arc<Deadline>) -> Result<(Credentials, i64), Error> {
    let failed = |what: String| Error::new(Code::Unavailable, format!("the container's credentials: {what}"));
    let mut headers = vec![("host".to_string(), url.authority())];
    if let Some(token) = token {
        headers.push(("authorization".into(), token.into()));
    }
    let path = if url.path.is_empty() { "/" } else { &url.path };
    let request = Request { method: "GET", url, path, headers: &headers, body: b"" };
    let response = http.send(&request, PATIENCE, deadline).map_err(|no_answer| failed(no_answer.what))?;
    if response.status != 200 {
        return Err(failed(format!("HTTP {}", response.status)));
    }
    let answer = parse_object(&response.body).unwrap_or_default();
    let text = |name: &str| answer.get(name).and_then(Json::text).filter(|text| !text.is_empty());
    match (text("AccessKeyId"), text("SecretAccessKey")) {
        (Some(id), Some(secret)) => {
            let credentials = Credentials {
                access_key_id: id.into(),
                secret_access_key: secret.into(),
                session_token: text("Token").map(String::from),
            };
            Ok((credentials, text("Expiration").and_then(dates::parse_iso).unwrap_or(i64::MAX)))
        }
        _ => Err(Error::new(Code::Denied, "the container gave no AWS credentials")),
    }
}
