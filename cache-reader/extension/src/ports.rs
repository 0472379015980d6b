//! The services that a reader needs.

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

    /// Reads the item of a slot's freshness record, eventually consistent.
    fn read_record(&self, slot: u32, deadline: &Arc<Deadline>) -> Result<Option<Object>, Error>;

    /// Unwraps a data key, which is given in base64.
    fn unwrap(&self, tenant: &str, wrapped: &str, deadline: &Arc<Deadline>) -> Result<DataKey, Error>;

    /// Asks the decryptor; returns its response as it is.
    fn resolve(&self, request: &Resolve, deadline: &Arc<Deadline>) -> Result<Vec<u8>, Error>;

    /// Publishes an event, whose detail is JSON without blanks.
    fn publish(&self, kind: &str, detail: &str, deadline: &Arc<Deadline>) -> Result<(), Error>;

    /// Waits between two polls of the table.
    fn pause(&self, millis: i64, deadline: &Arc<Deadline>) -> Result<(), Error> {
        deadline.pause(millis)
    }
}

/// A request to the decryptor.
#[derive(Clone, Debug)]
pub struct Resolve {
    /// The tenant.
    pub tenant: String,
    /// The credential's name; absent to resolve all of the tenant.
    pub name: Option<String>,
    /// The version that was rejected, or that cannot be opened.
    pub newer_than: Option<u64>,
}

impl Resolve {
    /// The request's JSON. Ids have no character that JSON escapes.
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
    /// Items that should be entries.
    pub items: Vec<Object>,
    /// The names of credentials without a usable entry, and why.
    pub failures: BTreeMap<String, Code>,
}

impl Answer {
    /// Parses a response. Fails with the code of the error in it, or with `UNAVAILABLE` if it is
    /// malformed.
    pub fn parse(text: &[u8]) -> Result<Answer, Error> {
        let unexpected = || Error::new(Code::Unavailable, "the decryptor's response is malformed");
        let answer = parse_object(text).ok_or_else(unexpected)?;
        if let Some(error) = field(&answer, "error") {
            let fields = error.object().ok_or_else(unexpected)?;
            return Err(Error::new(code_of(fields.get("code")), "the decryptor responded with an error"));
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
