//! What a reader asks others for.

use crate::clock::Deadline;
use crate::entry::MAX_NUMBER;
use crate::envelope::DataKey;
use crate::error::{Code, Error};
use crate::id::Id;
use crate::json::{Json, Object, field, parse_object};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything outside the process. All calls block, end at the deadline, and may come from several threads at a
/// time. They fail with one of the reader's codes.
pub trait Ports: Send + Sync {
    /// Reads an item of the cache table, strongly consistent.
    fn read(&self, id: &Id, deadline: &Arc<Deadline>) -> Result<Option<Object>, Error>;

    /// Reads all items of a tenant, strongly consistent.
    fn read_tenant(&self, tenant: &str, deadline: &Arc<Deadline>) -> Result<Vec<Object>, Error>;

    /// Reads the item of a slot's freshness record, perhaps as it was a moment ago.
    fn read_record(&self, slot: u32, deadline: &Arc<Deadline>) -> Result<Option<Object>, Error>;

    /// Unwraps a data key, which is in base64.
    fn unwrap(&self, tenant: &str, wrapped: &str, deadline: &Arc<Deadline>) -> Result<DataKey, Error>;

    /// Asks the decryptor; returns its response as it is.
    fn resolve(&self, request: &Resolve, deadline: &Arc<Deadline>) -> Result<Vec<u8>, Error>;

    /// Publishes an event, without blanks in its detail.
    fn publish(&self, kind: &str, detail: &str, deadline: &Arc<Deadline>) -> Result<(), Error>;

    /// Waits before the table is read again.
    fn pause(&self, millis: i64, deadline: &Arc<Deadline>) -> Result<(), Error> {
        deadline.pause(millis)
    }
}

/// A request to the decryptor.
#[derive(Clone, Debug)]
pub struct Resolve {
    /// The tenant.
    pub tenant: String,
    /// One credential; absent for all of the tenant.
    pub name: Option<String>,
    /// A version that is no good.
    pub newer_than: Option<u64>,
}

impl Resolve {
    /// As it is sent. Ids have no character that JSON escapes.
    pub fn to_json(&self) -> String {
        let mut json = format!("{{\"tenant\":\"{}\"", self.tenant);
        if let Some(name) = &self.name {
            json += &format!(",\"name\":\"{name}\"");
        }
        if let Some(version) = self.newer_than.map(|version| version.min(MAX_NUMBER)) {
            json += &format!(",\"newerThan\":{version}");
        }
        json + "}"
    }
}

/// The decryptor's response.
pub struct Answer {
    /// They should be entries.
    pub items: Vec<Object>,
    /// The names of credentials without a usable entry, and why.
    pub failures: BTreeMap<String, Code>,
}

impl Answer {
    /// Fails with the code that the response has instead; with `UNAVAILABLE` if it is no response.
    pub fn parse(text: &[u8]) -> Result<Answer, Error> {
        let unexpected = || Error::new(Code::Unavailable, "the decryptor's response is malformed");
        let answer = parse_object(text).ok_or_else(unexpected)?;
        if let Some(error) = field(&answer, "error") {
            let fields = error.object().ok_or_else(unexpected)?;
            return Err(Error::new(code_of(fields.get("code")), "the decryptor cannot resolve"));
        }
        let entries = field(&answer, "entries").and_then(Json::array).ok_or_else(unexpected)?;
        let items: Option<Vec<Object>> = entries.iter().map(|entry| entry.object().cloned()).collect();
        let failures = match field(&answer, "failures") {
            None => BTreeMap::new(),
            Some(failures) => failures
                .object()
                .ok_or_else(unexpected)?
                .iter()
                .map(|(name, code)| match code.text() {
                    Some(_) => Ok((name.clone(), code_of(Some(code)))),
                    None => Err(unexpected()),
                })
                .collect::<Result<_, _>>()?,
        };
        Ok(Answer { items: items.ok_or_else(unexpected)?, failures })
    }
}

fn code_of(code: Option<&Json>) -> Code {
    match code.and_then(Json::text) {
        Some("DENIED") => Code::Denied,
        Some("TIMEOUT") => Code::Timeout,
        Some("TAMPERED") => Code::Tampered,
        _ => Code::Unavailable,
    }
}
