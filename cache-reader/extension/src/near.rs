//! The reader's cache in memory.

use crate::clock::{Clock, Moment, Sweeper};
use crate::entry::Refusal;
use crate::id::Id;
use crate::lru::Lru;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use zeroize::Zeroizing;

/// A decrypted credential. Its debug output does not contain its value.
pub struct Credential {
    /// The credential's id.
    pub id: Id,
    /// The version that the source gave it.
    pub version: u64,
    /// Its content.
    pub value: Zeroizing<Vec<u8>>,
    /// The time from which on it must not be used, in ms since the epoch.
    pub expires_at: i64,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential {} version {} (redacted)", self.id.key(), self.version)
    }
}

/// What a lookup ended with.
#[derive(Clone, Debug)]
pub enum Found {
    /// A credential, and when it is due for refresh.
    Held(Arc<Credential>, i64),
    /// Why there is no credential.
    Refused(Refusal),
}

impl Found {
    fn expires_at(&self) -> i64 {
        match self {
            Found::Held(credential, _) => credential.expires_at,
            Found::Refused(refusal) => refusal.retry_at,
        }
    }

    fn weight(&self) -> usize {
        match self {
            Found::Held(credential, _) => credential.value.len(),
            Found::Refused(_) => 0,
        }
    }
}

/// What the near cache keeps of one credential.
#[derive(Debug)]
pub struct Kept {
    /// What the lookup found.
    pub found: Found,
    /// The moment just before the request: the response may be as old as that.
    pub read_at: Moment,
    /// Whether an outage prolonged its freshness.
    pub stale: bool,
    fresh_from: Moment,
    fresh_for: i64,
    gone_from: i64,
    refreshed: AtomicBool,
}

/// A refusal is kept, and an outage is assumed to last, for `near_ttl` divided by this.
pub const SHORTER: i64 = 6;

/// How many forgotten credentials and tenants are remembered.
const MAX_FORGOTTEN: usize = 1000;

/// The near cache. Both clocks decide: the wall clock can go back, and elapsed time may stand still in a freeze.
///
/// A value that was read before its credential was forgotten must not enter the cache afterwards.
/// So a lookup remembers the epoch in which it began, and `keep` refuses its result if the
/// credential was forgotten later.
pub struct Near {
    ttl: i64,
    entries: Lru<Arc<Kept>>,
    sweeper: Sweeper,
    forgotten: HashMap<String, u64>,
    order: BTreeMap<u64, Vec<String>>,
    epoch: u64,
    earliest: u64,
}

impl Near {
    /// `ttl` in milliseconds; at most `size` entries of `bytes` bytes together.
    pub fn new(clock: &Clock, ttl: i64, size: usize, bytes: usize) -> Near {
        Near {
            ttl,
            entries: Lru::new(size, bytes),
            sweeper: Sweeper::new(clock),
            forgotten: HashMap::new(),
            order: BTreeMap::new(),
            epoch: 0,
            earliest: 0,
        }
    }

    /// How often something was forgotten so far.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether this credential, or any of this tenant, was not forgotten after an epoch.
    pub fn is_current(&self, key_or_tenant: &str, epoch: u64) -> bool {
        epoch >= self.earliest.max(self.forgotten.get(key_or_tenant).copied().unwrap_or(0))
    }

    /// The entry that may be served without a request.
    pub fn fresh(&mut self, key: &str, clock: &Clock) -> Option<Arc<Kept>> {
        let kept = self.entries.get(key);
        if let Some(kept) = kept
            && clock.since(kept.fresh_from) < kept.fresh_for
            && kept.is_live(clock)
        {
            return Some(kept);
        }
        self.sweep(clock);
        None
    }

    /// The credential kept, fresh or not.
    pub fn held(&mut self, key: &str) -> Option<Arc<Kept>> {
        self.entries.get(key).filter(|kept| matches!(kept.found, Found::Held(..)))
    }

    /// Keeps an entry, unless there is one that was read later, or it was forgotten since an epoch.
    pub fn keep(&mut self, key: &str, entry: &Arc<Kept>, begun_in: u64, clock: &Clock) {
        self.sweep(clock);
        let is_overtaken = self.entries.get(key).is_some_and(|old| old.read_at.elapsed > entry.read_at.elapsed);
        if self.ttl != 0 && self.is_current(key, begun_in) && !is_overtaken {
            self.entries.set(key, entry.clone(), entry.found.weight());
        }
    }

    /// Serves a credential for a while longer, although nothing could confirm it. It serves the
    /// entry that is kept now, because another lookup may have replaced the caller's. The entry
    /// keeps its `read_at`. Returns the credential, marked as stale, or a refusal that is still
    /// fresh.
    pub fn prolong(&mut self, key: &str, clock: &Clock) -> Option<Arc<Kept>> {
        let Some(entry) = self.held(key) else {
            return self.fresh(key, clock);
        };
        let is_short = entry.fresh_for - clock.since(entry.fresh_from) < self.ttl / SHORTER;
        let prolonged = Arc::new(Kept {
            found: entry.found.clone(),
            read_at: entry.read_at,
            stale: true,
            fresh_from: if is_short { clock.moment() } else { entry.fresh_from },
            fresh_for: if is_short { self.ttl / SHORTER } else { entry.fresh_for },
            gone_from: entry.gone_from,
            refreshed: AtomicBool::new(entry.refreshed.load(Ordering::SeqCst)),
        });
        self.entries.set(key, prolonged.clone(), prolonged.found.weight());
        // Served even if the short time is already over: the outage was a moment ago.
        prolonged.is_live(clock).then_some(prolonged)
    }

    /// Drops an entry, if it is still there.
    pub fn drop_entry(&mut self, key: &str, entry: &Arc<Kept>) {
        if self.entries.get(key).is_some_and(|kept| Arc::ptr_eq(&kept, entry)) {
            self.entries.remove(key);
        }
    }

    /// Drops an entry that was read before a moment.
    pub fn supersede(&mut self, key: &str, read_at: Moment) {
        if self.entries.get(key).is_some_and(|kept| kept.read_at.elapsed < read_at.elapsed) {
            self.entries.remove(key);
        }
    }

    /// Drops the entry, and the result of any lookup in progress.
    pub fn forget(&mut self, id: &Id) {
        self.epoch += 1;
        let parts = vec![id.key(), id.tenant().to_string()];
        for part in &parts {
            self.forgotten.insert(part.clone(), self.epoch);
        }
        self.order.insert(self.epoch, parts);
        while self.order.len() > MAX_FORGOTTEN {
            let Some((oldest, parts)) = self.order.pop_first() else { break };
            for part in parts {
                if self.forgotten.get(&part) == Some(&oldest) {
                    self.forgotten.remove(&part);
                }
            }
            // A lookup that began in an earlier epoch may have missed that something was forgotten.
            self.earliest = oldest;
        }
        self.entries.remove(&id.key());
    }

    fn sweep(&mut self, clock: &Clock) {
        if self.sweeper.is_due(clock) {
            // Even an outage serves live entries only.
            self.entries.sweep(|kept| !kept.is_live(clock));
        }
    }
}

impl Kept {
    /// Makes the entry for the result of a request that was sent at `read_at`.
    pub fn new(found: Found, read_at: Moment, ttl: i64, clock: &Clock) -> Arc<Kept> {
        let fresh_for = if matches!(found, Found::Held(..)) { ttl } else { ttl / SHORTER };
        let gone_from = clock.elapsed().saturating_add(found.expires_at() - clock.date());
        Arc::new(Kept {
            found,
            read_at,
            stale: false,
            fresh_from: read_at,
            fresh_for,
            gone_from,
            refreshed: AtomicBool::new(false),
        })
    }

    /// Whether it may be served at all.
    pub fn is_live(&self, clock: &Clock) -> bool {
        clock.date() < self.found.expires_at() && clock.elapsed() < self.gone_from
    }

    /// Whether the caller is the one to refresh it in the background: true at most once.
    pub fn claim_refresh(&self, ttl: i64, clock: &Clock) -> bool {
        match self.found {
            Found::Held(_, soft_expires_at) => {
                clock.date() >= soft_expires_at
                    && clock.since(self.read_at) * 2 >= ttl
                    && !self.refreshed.swap(true, Ordering::SeqCst)
            }
            Found::Refused(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Host;
    use std::sync::atomic::AtomicI64;

    #[derive(Default)]
    struct Time(AtomicI64);

    impl Host for Time {
        fn now(&self) -> i64 {
            self.0.load(Ordering::SeqCst)
        }

        fn elapsed(&self) -> i64 {
            self.now()
        }
    }

    fn held(version: u64, clock: &Clock) -> Arc<Kept> {
        let id = Id::new("acme", "bank").expect("an id");
        let credential = Credential { id, version, value: Zeroizing::new(b"one".to_vec()), expires_at: 900_000 };
        Kept::new(Found::Held(Arc::new(credential), 150_000), clock.moment(), 30_000, clock)
    }

    #[test]
    fn an_outage_prolongs_what_is_kept_by_then() {
        let time = Arc::new(Time::default());
        let clock = Clock::new(time.clone());
        let mut near = Near::new(&clock, 30_000, 10, 1000);
        near.keep("acme bank", &held(1, &clock), 0, &clock);
        let other = held(2, &clock);
        time.0.store(30_000, Ordering::SeqCst);
        // The result of another lookup, which took long.
        near.keep("acme bank", &other, 0, &clock);
        assert!(near.fresh("acme bank", &clock).is_none());

        let served = near.prolong("acme bank", &clock).expect("a credential");
        assert!(served.stale);
        assert!(matches!(&served.found, Found::Held(credential, _) if credential.version == 2));
        time.0.store(34_999, Ordering::SeqCst);
        assert!(near.fresh("acme bank", &clock).is_some());
        time.0.store(35_000, Ordering::SeqCst);
        assert!(near.fresh("acme bank", &clock).is_none());

        time.0.store(900_000, Ordering::SeqCst);
        assert!(near.prolong("acme bank", &clock).is_none());
    }

    #[test]
    fn an_outage_prolongs_also_for_less_time_than_the_clock_shows() {
        let time = Arc::new(Time::default());
        let clock = Clock::new(time.clone());
        let mut near = Near::new(&clock, 1, 10, 1000);
        near.keep("acme bank", &held(1, &clock), 0, &clock);
        time.0.store(40_000, Ordering::SeqCst);

        assert!(near.prolong("acme bank", &clock).is_some_and(|kept| kept.stale));
    }

    #[test]
    fn an_outage_prolongs_no_refusal() {
        let time = Arc::new(Time::default());
        let clock = Clock::new(time.clone());
        let mut near = Near::new(&clock, 30_000, 10, 1000);
        let refusal = Refusal { code: crate::error::Code::NotFound, failure: None, retry_at: 900_000 };
        let kept = Kept::new(Found::Refused(refusal), clock.moment(), 30_000, &clock);
        near.keep("acme bank", &kept, 0, &clock);
        assert!(near.prolong("acme bank", &clock).is_some_and(|kept| !kept.stale));
        time.0.store(5000, Ordering::SeqCst);
        assert!(near.prolong("acme bank", &clock).is_none());
    }
}
