//! Items of the cache table, and what they mean.

use crate::error::{Code, Error};
use crate::id::{Id, is_valid_part};
use crate::json::Object;
use crate::vouching::Vouching;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The greatest number of the wire format: 2^53 - 1.
pub const MAX_NUMBER: u64 = 9_007_199_254_740_991;

/// One item of the cache table, as far as a reader needs it. Times are ms since the epoch.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The credential's id.
    pub id: Id,
    /// The entry's state.
    pub state: State,
}

impl Entry {
    /// The sealed credential, if it has one.
    pub fn into_sealed(self) -> Option<Sealed> {
        match self.state {
            State::Ready { sealed, .. } => Some(sealed),
            State::Failed { .. } | State::Invalid { .. } => None,
        }
    }
}

/// The state of an entry.
#[derive(Clone, Debug)]
pub enum State {
    /// A sealed credential.
    Ready {
        /// The credential in its envelope.
        sealed: Sealed,
        /// What was known when it was written.
        written: Written,
        /// If the decryptor asks whether the tenant is used: since when no reader has reported it
        /// as used.
        probe: Option<u64>,
    },
    /// The original could not be decoded, or does not exist.
    Failed {
        /// The stable code of the reason.
        failure: String,
        /// The time from which on a retry is worthwhile.
        retry_at: i64,
        /// What was known when it was written.
        written: Written,
    },
    /// A tombstone.
    Invalid {
        /// If there was a revocation: the time from which on it is worthwhile to ask for a newer
        /// version.
        revoked_until: Option<i64>,
    },
}

/// What was known when an entry was written.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// How many credentials the tenant had.
    pub siblings: u64,
    /// When it was written.
    pub at: i64,
}

/// A credential in its envelope, with all that the envelope authenticates.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The version that the source gave it.
    pub version: u64,
    /// The envelope.
    pub envelope: Vec<u8>,
    /// The wrapped data key, in base64.
    pub data_key: String,
    /// When it was sealed.
    pub sealed_at: i64,
    /// The time from which on it is due for refresh.
    pub soft_expires_at: i64,
    /// The time from which on it must not be used, unless a freshness record vouches for it.
    pub hard_expires_at: i64,
    /// Which freshness record may vouch for it past its hard expiry, if any.
    pub vouching: Option<Vouching>,
}

impl Sealed {
    /// Whether it is past its hard expiry, and may be used if a freshness record vouches for it.
    pub fn needs_record(&self, now: i64) -> bool {
        now >= self.hard_expires_at && self.vouching.as_ref().is_some_and(|vouching| now < vouching.sealed_until)
    }
}

/// What an entry means to a reader at one moment.
#[derive(Clone, Debug)]
pub enum Reading {
    /// A credential that may be used, if it unseals.
    Live(Sealed),
    /// A credential past its hard expiry. It may be used if a freshness record vouches for it.
    Vouchable(Sealed),
    /// A refusal.
    Refusal(Refusal),
    /// No usable entry.
    Missing,
}

/// The table or the decryptor said why there is no credential.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// `NOT_FOUND`, `REVOKED` or `UNDECODABLE`.
    pub code: Code,
    /// The entry's failure code, if it has one.
    pub failure: Option<String>,
    /// The time until which it counts.
    pub retry_at: i64,
}

impl Refusal {
    /// The error for callers.
    pub fn error(&self, id: &Id) -> Error {
        let key = id.key();
        let failure = self.failure.as_deref().unwrap_or("");
        let message = match self.code {
            Code::NotFound => format!("there is no credential {key}"),
            Code::Revoked => format!("the credential {key} is revoked"),
            _ => format!("the original of {key} cannot be decoded: {failure}"),
        };
        Error { failure: self.failure.clone(), ..Error::new(self.code, message) }
    }
}

/// The meaning of an entry in the table, where a refusal counts until its `retryAt`.
pub fn reading_of_table(entry: Option<&Entry>, now: i64) -> Reading {
    match reading_of_answer(entry, now) {
        Reading::Refusal(refusal) if refusal.retry_at <= now => Reading::Missing,
        reading => reading,
    }
}

/// The meaning of an entry in the decryptor's response, where a refusal is final.
pub fn reading_of_answer(entry: Option<&Entry>, now: i64) -> Reading {
    match entry.map(|entry| &entry.state) {
        Some(State::Ready { sealed, .. }) if now < sealed.hard_expires_at => Reading::Live(sealed.clone()),
        Some(State::Ready { sealed, .. }) if sealed.needs_record(now) => Reading::Vouchable(sealed.clone()),
        Some(State::Failed { failure, retry_at, .. }) => Reading::Refusal(Refusal {
            code: if failure == "NOT_FOUND" { Code::NotFound } else { Code::Undecodable },
            failure: Some(failure.clone()),
            retry_at: *retry_at,
        }),
        Some(State::Invalid { revoked_until: Some(retry_at) }) => {
            Reading::Refusal(Refusal { code: Code::Revoked, failure: None, retry_at: *retry_at })
        }
        _ => Reading::Missing,
    }
}

/// All attributes and their types.
const TYPES: [(&str, char); 32] = [
    ("tenant", 'S'),
    ("name", 'S'),
    ("state", 'S'),
    ("fence", 'N'),
    ("version", 'N'),
    ("sealed", 'B'),
    ("dataKey", 'B'),
    ("dataKeyCreatedAt", 'N'),
    ("sealedAt", 'N'),
    ("softExpiresAt", 'N'),
    ("hardExpiresAt", 'N'),
    ("failure", 'S'),
    ("retryAt", 'N'),
    ("revoked", 'N'),
    ("revokedAt", 'N'),
    ("siblings", 'N'),
    ("fillingBy", 'S'),
    ("fillingUntil", 'N'),
    ("ttl", 'N'),
    ("probe", 'N'),
    ("vouching", 'B'),
    ("asOf", 'N'),
    ("event", 'S'),
    ("newSince", 'N'),
    ("announced", 'N'),
    ("announcedAt", 'N'),
    ("clearedAt", 'N'),
    ("revokedFor", 'N'),
    ("revokedAllFor", 'N'),
    ("revokedAllBy", 'S'),
    ("revokedBeside", 'N'),
    ("unrevokedFor", 'N'),
];

/// Pairs of attributes: each is valid only together with the other.
const PAIRS: [(&str, &str); 3] =
    [("revoked", "revokedAt"), ("fillingBy", "fillingUntil"), ("announced", "announcedAt")];

/// The entry of an item in DynamoDB's JSON. Strict about known attributes; ignores unknown ones.
/// Fails with `TAMPERED`, and names the attribute, if the item is malformed.
pub fn entry_of(item: &Object) -> Result<Entry, Error> {
    for (name, kind) in TYPES {
        if item.contains_key(name) && !is_well_formed(name, kind, raw(item, name, kind)) {
            return Err(malformed(name));
        }
    }
    for (one, other) in PAIRS {
        if item.contains_key(one) != item.contains_key(other) {
            return Err(malformed(one));
        }
    }
    let (tenant, name) = (text(item, "tenant")?, text(item, "name")?);
    for (attribute, part) in [("tenant", tenant), ("name", name)] {
        if !is_valid_part(part) {
            return Err(malformed(attribute));
        }
    }
    let state = match text(item, "state")? {
        "READY" => {
            number(item, "dataKeyCreatedAt")?;
            State::Ready {
                sealed: Sealed {
                    version: number(item, "version")?,
                    envelope: bytes(item, "sealed", 29, 29 + 64 * 1024)?,
                    data_key: {
                        bytes(item, "dataKey", 1, 6144)?;
                        raw(item, "dataKey", 'B').unwrap_or_default().into()
                    },
                    sealed_at: time(item, "sealedAt")?,
                    soft_expires_at: time(item, "softExpiresAt")?,
                    hard_expires_at: time(item, "hardExpiresAt")?,
                    vouching: match item.contains_key("vouching") {
                        false => None,
                        true => {
                            let bytes = bytes(item, "vouching", 0, usize::MAX)?;
                            Vouching::parse(&bytes).map_err(|_| malformed("vouching"))?
                        }
                    },
                },
                written: written(item)?,
                probe: if item.contains_key("probe") { Some(number(item, "probe")?) } else { None },
            }
        }
        "FAILED" => {
            let failure = text(item, "failure")?;
            let is_code = (1..=64).contains(&failure.len())
                && failure.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
            if !is_code {
                return Err(malformed("failure"));
            }
            State::Failed { failure: failure.into(), retry_at: time(item, "retryAt")?, written: written(item)? }
        }
        "INVALID" => State::Invalid {
            revoked_until: match item.contains_key("revoked") {
                true if item.contains_key("retryAt") => Some(time(item, "retryAt")?),
                true => Some(0),
                false => None,
            },
        },
        _ => return Err(malformed("state")),
    };
    Ok(Entry { id: Id::new(tenant, name)?, state })
}

/// An attribute's text, if it has exactly this type.
pub fn raw<'a>(item: &'a Object, name: &str, kind: char) -> Option<&'a str> {
    item.get(name)?.object()?.get(kind.encode_utf8(&mut [0; 4]) as &str)?.text()
}

fn is_well_formed(name: &str, kind: char, text: Option<&str>) -> bool {
    let most = if name == "siblings" { (1 << 31) - 1 } else { MAX_NUMBER };
    match (kind, text) {
        (_, None) => false,
        ('N', Some(text)) => {
            // Digits only.
            (1..=16).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_digit())
                && (text == "0" || !text.starts_with('0'))
                && text.parse::<u64>().is_ok_and(|number| number <= most)
        }
        ('B', Some(text)) => STANDARD.decode(text).is_ok(),
        _ => true,
    }
}

fn text<'a>(item: &'a Object, name: &'static str) -> Result<&'a str, Error> {
    raw(item, name, 'S').ok_or_else(|| malformed(name))
}

fn number(item: &Object, name: &'static str) -> Result<u64, Error> {
    raw(item, name, 'N').and_then(|text| text.parse().ok()).ok_or_else(|| malformed(name))
}

fn time(item: &Object, name: &'static str) -> Result<i64, Error> {
    Ok(number(item, name)? as i64)
}

fn bytes(item: &Object, name: &'static str, least: usize, most: usize) -> Result<Vec<u8>, Error> {
    raw(item, name, 'B')
        .and_then(|text| STANDARD.decode(text).ok())
        .filter(|bytes| (least..=most).contains(&bytes.len()))
        .ok_or_else(|| malformed(name))
}

fn written(item: &Object) -> Result<Written, Error> {
    Ok(Written { siblings: number(item, "siblings")?, at: time(item, "sealedAt")? })
}

fn malformed(name: &str) -> Error {
    Error::new(Code::Tampered, format!("an item of the cache table is malformed: {name}"))
}
