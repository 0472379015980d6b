//! What a tenant's items mean together.

use crate::entry::{Entry, Reading, Sealed, State, entry_of, raw, reading_of_answer};
use crate::error::{Code, Error};
use crate::id::{Id, is_valid_part};
use crate::json::Object;
use std::collections::{BTreeMap, BTreeSet};

/// All items of a tenant.
pub struct Members {
    /// Those that are entries.
    pub entries: Vec<Entry>,
    /// Why others have no usable entry: by name, and not among the entries.
    pub failures: BTreeMap<String, Code>,
}

impl Members {
    /// `known` failures take precedence over items of the same name. What has no name in the grammar is left out.
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
                // Its siblings are none the worse for it.
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
    /// Past their hard expiry, and nobody vouches for them.
    pub expired: Vec<String>,
    /// Why others have no usable entry.
    pub failures: BTreeMap<String, Code>,
    siblings: u64,
    agreed: bool,
    vouched: bool,
    answered: usize,
}

impl TenantReading {
    /// `is_vouched` says whether a freshness record vouches for an entry past its hard expiry. `others` are failures
    /// that are known, of names that need not be among the members.
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
                // What the source does not have is not written anew when there are others.
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

    /// Of the decryptor's answer, which is as good as it gets: what the source has and for which there is nothing
    /// usable. Fails with `UNAVAILABLE` if some of it is not even named.
    pub fn unavailable(&self) -> Result<Vec<String>, Error> {
        let missing = self.siblings as i64 - self.answered as i64 - self.expired.len() as i64;
        if missing > self.gone.len() as i64 {
            return Err(Error::new(Code::Unavailable, "the decryptor's response does not have all credentials"));
        }
        let mut names = self.expired.clone();
        if missing > 0 {
            // Some of the tombstones are of credentials that exist, and it does not say which.
            names.extend(self.gone.iter().cloned());
        }
        Ok(names)
    }
}
