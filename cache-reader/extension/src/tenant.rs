//! What a tenant's items mean together.

use crate::entry::{Entry, Reading, Sealed, State, entry_of, raw, reading_of_answer};
use crate::error::{Code, Error};
use crate::id::{Id, is_valid_part};
use crate::json::Object;
use std::collections::{BTreeMap, BTreeSet};

/// All items of a tenant.
pub struct Members {
    /// The items that are entries.
    pub entries: Vec<Entry>,
    /// Why other credentials, which are not among the entries, have no usable one; by name.
    pub failures: BTreeMap<String, Code>,
}

impl Members {
    /// `known` failures take precedence over items of the same name. Items whose name is outside
    /// the grammar are left out.
    pub fn new(tenant: &str, items: &[Object], known: &BTreeMap<String, Code>) -> Members {
        let mut failures = known.clone();
        failures.retain(|name, _| is_valid_part(name));
        let mut entries = Vec::new();
        for item in items {
            let (Some(of), Some(name)) = (raw(item, "tenant", 'S'), raw(item, "name", 'S')) else {
                continue;
            };
            if of != tenant || !is_valid_part(name) || failures.contains_key(name) {
                continue;
            }
            match entry_of(item) {
                Ok(entry) => entries.push(entry),
                // One malformed item must not affect its siblings.
                Err(_) => {
                    failures.insert(name.into(), Code::Tampered);
                }
            }
        }
        Members { entries, failures }
    }
}

/// What a tenant's items mean to a reader at one moment.
pub struct TenantReading {
    /// Credentials and refusals.
    pub answers: Vec<(Id, Reading)>,
    /// Tombstones, which say nothing about the source.
    pub gone: Vec<String>,
    /// Entries past their hard expiry for which no record vouches.
    pub expired: Vec<String>,
    /// Why other credentials have no usable entry.
    pub failures: BTreeMap<String, Code>,
    siblings: u64,
    agreed: bool,
    vouched: bool,
    answered: usize,
}

impl TenantReading {
    /// `is_vouched` says whether a freshness record vouches for an entry past its hard expiry.
    /// `others` are known failures, whose names need not be among the members.
    pub fn new(
        members: Members,
        is_vouched: impl Fn(&Sealed) -> bool,
        now: i64,
        others: &BTreeMap<String, Code>,
    ) -> TenantReading {
        let mut failures = others.clone();
        failures.extend(members.failures);
        let (mut answers, mut gone, mut expired) = (vec![], vec![], vec![]);
        let mut counts = BTreeSet::new();
        let (mut siblings, mut newest) = (0, i64::MIN);
        let (mut vouched, mut answered) = (false, 0);
        for entry in members.entries {
            let id = entry.id.clone();
            failures.remove(id.name());
            let reading = match reading_of_answer(Some(&entry), now) {
                Reading::Vouchable(sealed) if is_vouched(&sealed) => Reading::Live(sealed),
                Reading::Vouchable(_) => Reading::Missing,
                settled => settled,
            };
            let (written, retry_at) = match &entry.state {
                State::Ready { written, .. } => (Some(*written), None),
                State::Failed { written, retry_at, .. } => (Some(*written), Some(*retry_at)),
                State::Invalid { .. } => (None, None),
            };
            let is_absent = matches!(&reading, Reading::Refusal(refusal) if refusal.code == Code::NotFound);
            if let Some(written) = written {
                if written.at > newest {
                    newest = written.at;
                    siblings = written.siblings;
                }
                // An expired `NOT_FOUND` entry may have an old count: it is not rewritten with its
                // siblings.
                if !is_absent || retry_at.is_some_and(|retry_at| now < retry_at) {
                    counts.insert(written.siblings);
                }
            }
            match &reading {
                Reading::Live(_) => vouched = true,
                Reading::Refusal(_) => vouched |= retry_at.is_some_and(|retry_at| now < retry_at),
                Reading::Missing | Reading::Vouchable(_) => {
                    let name = id.name().to_string();
                    if written.is_some() {
                        expired.push(name)
                    } else {
                        gone.push(name)
                    }
                    continue;
                }
            }
            if !is_absent {
                answered += 1;
            }
            answers.push((id, reading));
        }
        answered += failures.len();
        let agreed = counts.len() <= 1;
        TenantReading { answers, gone, expired, failures, siblings, agreed, vouched, answered }
    }

    /// Whether these are, for certain, all of the tenant's credentials.
    pub fn is_complete(&self) -> bool {
        self.vouched
            && self.agreed
            && self.gone.is_empty()
            && self.expired.is_empty()
            && self.answered as u64 >= self.siblings
    }

    /// The names in the decryptor's response that the source has, but that have no usable entry.
    /// There is no better response to wait for. Fails with `UNAVAILABLE` if the response does not
    /// even name all of them.
    pub fn unavailable(&self) -> Result<Vec<String>, Error> {
        let missing = self.siblings as i64 - self.answered as i64 - self.expired.len() as i64;
        if missing > self.gone.len() as i64 {
            return Err(Error::new(Code::Unavailable, "the decryptor's response does not have all credentials"));
        }
        let mut names = self.expired.clone();
        if missing > 0 {
            // Some tombstones belong to credentials that exist, and the response does not say
            // which.
            names.extend(self.gone.iter().cloned());
        }
        Ok(names)
    }
}
