//! The freshness records that a reader holds, and how long they let it use entries.

use crate::clock::{Clock, Deadline, Moment, Signal, locked};
use crate::counters::{Counters, count};
use crate::entry::{Entry, Sealed, State, raw};
use crate::error::{Code, Error};
use crate::lru::Lru;
use crate::ports::Ports;
use crate::record::FreshnessRecord;
use crate::uses::Uses;
use crate::vouching::{Malformed, Vouching};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// How long the reader waits before it requests a slot's record again that did not help, in
/// milliseconds.
const AGAIN_AFTER: i64 = 60_000;

/// How far a record's `checked_at` may be ahead of the clock, in milliseconds. One further ahead
/// must not keep others out.
const MOST_AHEAD: i64 = 60_000;

/// The maximum number of records held, and of their bytes.
const MOST_HELD: usize = 4096;
const MOST_BYTES: usize = 4 << 20;

/// How many slots one tenant's entries may name: two, while the number of slots is changed.
const MOST_SLOTS: usize = 2;

/// How long an entry may be used, as far as is known. Both are ms since the epoch.
pub struct Life {
    /// From this time on it is worth reading the table ahead of need.
    pub soft_expires_at: i64,
    /// Its own hard expiry, or a later one if a freshness record vouches for it.
    pub hard_expires_at: i64,
}

/// The records of a table. Thread-safe.
///
/// An entry says which slot's record may vouch for it, so a deployment without records costs nothing. A record is held
/// until it ends, by both clocks. The reader requests a record when an entry needs it, at the same
/// time as the entry's data key from KMS. If a tenant's slot is known, and no record of it is held
/// or the one held is a turn old, it requests the record ahead of need, at the same time as the
/// entry.
pub struct Records {
    ports: Arc<dyn Ports>,
    clock: Arc<Clock>,
    counters: Arc<Counters>,
    uses: Arc<Uses>,
    deadline: i64,
    held: Mutex<Lru<Held>>,
    /// By tenant, the slot that its entries named last.
    slots: Mutex<Lru<u32>>,
    in_progress: Mutex<HashMap<u32, Arc<Asking>>>,
}

/// The last read of a slot's record.
#[derive(Clone)]
struct Held {
    /// None if the read brought no usable record.
    record: Option<Arc<FreshnessRecord>>,
    asked_at: Moment,
    /// When the record ends in elapsed time.
    gone_from: i64,
}

/// A request for a record. All callers that need the record meanwhile wait for it.
struct Asking {
    at: Moment,
    ended: Arc<Signal>,
    result: Mutex<Option<Result<(), Error>>>,
}

impl Records {
    /// Remembers the slots of `size` tenants. One request may take `deadline` milliseconds.
    pub fn new(
        ports: Arc<dyn Ports>,
        clock: Arc<Clock>,
        counters: Arc<Counters>,
        uses: Arc<Uses>,
        deadline: i64,
        size: usize,
    ) -> Arc<Records> {
        Arc::new(Records {
            ports,
            clock,
            counters,
            uses,
            deadline,
            held: Mutex::new(Lru::new(MOST_HELD, MOST_BYTES)),
            slots: Mutex::new(Lru::new(size, 0)),
            in_progress: Mutex::new(HashMap::new()),
        })
    }

    /// Requests the record of a tenant that is about to be read, if its slot is known, and no
    /// record of it is held or the one held is a turn old. Does not wait for the response.
    pub fn ahead(self: &Arc<Self>, tenant: &str) {
        let slot = locked(&self.slots).get(tenant);
        if let Some(slot) = slot
            && self.held(slot).is_none_or(|last| self.is_long_ago(&last) && self.is_old(&last))
        {
            self.ask(slot);
        }
    }

    /// Remembers which slot's record may vouch for an entry.
    pub fn seen(&self, entry: &Entry) {
        if let State::Ready { sealed: Sealed { vouching: Some(vouching), .. }, .. } = &entry.state {
            locked(&self.slots).set(entry.id.tenant(), vouching.slot, 0);
        }
    }

    /// How long an entry may be used, given the records that are held.
    pub fn life(&self, tenant: &str, sealed: &Sealed) -> Life {
        let Some(vouching) = &sealed.vouching else {
            return Life { soft_expires_at: sealed.soft_expires_at, hard_expires_at: sealed.hard_expires_at };
        };
        let vouched = self.vouched_until(tenant, vouching).min(vouching.sealed_until);
        let hard_expires_at = vouched.max(sealed.hard_expires_at);
        // Half of the life of an entry that no record vouches for: a record that was renewed in
        // time leaves more than that.
        Life { soft_expires_at: hard_expires_at - (sealed.hard_expires_at - sealed.sealed_at) / 2, hard_expires_at }
    }

    /// Whether an entry may be used now, given the records that are held.
    pub fn is_vouched(&self, tenant: &str, sealed: &Sealed) -> bool {
        self.clock.date() < self.life(tenant, sealed).hard_expires_at
    }

    /// Requests the records that entries need, and waits for them. A record that was requested
    /// before `read_at` is requested again if it does not help. If there are requests, `meanwhile`
    /// runs before this waits.
    pub fn wait<'a>(
        self: &Arc<Self>,
        tenant: &str,
        needy: impl Iterator<Item = &'a Sealed>,
        read_at: Moment,
        meanwhile: impl FnOnce(),
        deadline: &Arc<Deadline>,
    ) -> Result<(), Error> {
        let mut wanted: Vec<u32> = vec![];
        for vouching in needy.filter_map(|sealed| sealed.vouching.as_ref()) {
            if wanted.len() < MOST_SLOTS && !wanted.contains(&vouching.slot) && self.may_help(tenant, vouching, read_at)
            {
                wanted.push(vouching.slot);
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let asked: Vec<_> = wanted.into_iter().map(|slot| (slot, self.ask(slot))).collect();
        meanwhile();
        for (slot, asking) in asked {
            deadline.wait(&asking.ended)?;
            let result = locked(&asking.result).clone();
            match result {
                Some(Err(error)) if error.code != Code::Timeout => return Err(error),
                Some(Ok(())) => {}
                // The deadline was that of the first caller, and this one may have time left; or
                // there was no thread for the request.
                _ => {
                    deadline.check()?;
                    self.read(slot, self.clock.moment(), deadline)?;
                }
            }
        }
        Ok(())
    }

    fn held(&self, slot: u32) -> Option<Held> {
        locked(&self.held).get(&slot.to_string())
    }

    /// Whether requesting the record may help an entry for which the held one does not vouch.
    fn may_help(&self, tenant: &str, vouching: &Vouching, read_at: Moment) -> bool {
        self.vouched_until(tenant, vouching) <= self.clock.date()
            && self.held(vouching.slot).is_none_or(|last| {
                self.is_long_ago(&last) || (!self.is_live(&last) && last.asked_at.elapsed < read_at.elapsed)
            })
    }

    /// Until when the record held vouches; 0 if it does not.
    fn vouched_until(&self, tenant: &str, vouching: &Vouching) -> i64 {
        let Some(last) = self.held(vouching.slot).filter(|last| self.is_live(last)) else {
            return 0;
        };
        let Some(record) = last.record.filter(|record| record.names(vouching.id())) else {
            return 0;
        };
        if !record.is_signed_by(vouching.signer()) {
            if record.names_signer(vouching.signer()) {
                self.refuse(vouching.slot, &record);
            }
            return 0;
        }
        if let Some(probe) = record.probe(vouching.id()) {
            self.uses.read(tenant, probe);
        }
        // If the wall clock was set back since, the record must not live longer because of that.
        record.fresh_until.min(self.clock.date() + last.gone_from - self.clock.elapsed())
    }

    /// Drops a record whose signature does not verify, unless it was replaced in the meantime.
    fn refuse(&self, slot: u32, refused: &Arc<FreshnessRecord>) {
        let (key, mut held) = (slot.to_string(), locked(&self.held));
        if let Some(last) = held.get(&key)
            && last.record.as_ref().is_some_and(|record| Arc::ptr_eq(record, refused))
        {
            held.set(&key, Held { record: None, ..last }, 0);
            count(&self.counters.tampered);
        }
    }

    fn is_live(&self, last: &Held) -> bool {
        last.record.as_ref().is_some_and(|record| self.clock.date() < record.fresh_until)
            && self.clock.elapsed() < last.gone_from
    }

    fn is_long_ago(&self, last: &Held) -> bool {
        self.clock.since(last.asked_at) >= AGAIN_AFTER
    }

    /// Whether the table should already have a newer record.
    fn is_old(&self, last: &Held) -> bool {
        last.record.as_ref().is_none_or(|record| {
            let life = record.fresh_until - record.checked_at;
            !self.is_live(last) || self.clock.date() - record.checked_at >= life / 3
        })
    }

    /// Whether to keep the held record: an eventually consistent read may return the record of an
    /// earlier turn. Of the parts of one turn the last one written counts, whatever its
    /// `checked_at`.
    fn stays_instead_of(&self, read: Option<&FreshnessRecord>, last: &Held) -> bool {
        let Some(before) = &last.record else {
            return false;
        };
        if before.checked_at - self.clock.date() > MOST_AHEAD {
            return false;
        }
        match read {
            None => self.is_live(last),
            Some(read) => {
                let turn = (before.fresh_until - before.checked_at) / 6;
                read.bytes() == before.bytes() || read.checked_at < before.checked_at - turn
            }
        }
    }

    /// Requests the record of a slot in another thread, unless a request is in progress.
    fn ask(self: &Arc<Self>, slot: u32) -> Arc<Asking> {
        let asking = {
            let mut in_progress = locked(&self.in_progress);
            if let Some(running) = in_progress.get(&slot)
                && self.clock.since(running.at) < self.deadline
            {
                return running.clone();
            }
            let asking = Arc::new(Asking { at: self.clock.moment(), ended: Arc::default(), result: Mutex::new(None) });
            in_progress.insert(slot, asking.clone());
            asking
        };
        let deadline = Deadline::begin(&self.clock, self.deadline);
        let ending = Ending { records: self.clone(), slot, asking: asking.clone() };
        self.clock.host().spawn(Box::new(move || {
            let result = ending.records.read(slot, ending.asking.at, &deadline);
            *locked(&ending.asking.result) = Some(result);
        }));
        asking
    }

    /// Reads the record of a slot, and holds it.
    fn read(&self, slot: u32, asked_at: Moment, deadline: &Arc<Deadline>) -> Result<(), Error> {
        let record = self.request(slot, deadline)?;
        let (key, mut held) = (slot.to_string(), locked(&self.held));
        let last = held.get(&key);
        let next = match last {
            Some(last) if self.stays_instead_of(record.as_ref(), &last) => Held { asked_at, ..last },
            _ => {
                let left = record.as_ref().map_or(0, |record| record.fresh_until) - self.clock.date();
                let gone_from = self.clock.elapsed().saturating_add(left);
                Held { record: record.map(Arc::new), asked_at, gone_from }
            }
        };
        let weight = next.record.as_ref().map_or(0, |record| record.bytes().len());
        held.set(&key, next, weight);
        Ok(())
    }

    fn request(&self, slot: u32, deadline: &Arc<Deadline>) -> Result<Option<FreshnessRecord>, Error> {
        count(&self.counters.cache_reads);
        let item = match self.ports.read_record(slot, deadline) {
            Ok(Some(item)) => item,
            Ok(None) => return Ok(None),
            // A role without permission to read records works without them.
            Err(error) if error.code == Code::Denied => return Ok(None),
            // A missing response says nothing if the process stood still meanwhile.
            Err(_) if deadline.frozen() => return Err(deadline.error()),
            Err(error) => return Err(error),
        };
        let bytes = raw(&item, "record", 'B').and_then(|text| STANDARD.decode(text).ok()).ok_or(Malformed);
        let record = bytes.and_then(|bytes| FreshnessRecord::parse(bytes, slot));
        if record.is_err() {
            count(&self.counters.tampered);
        }
        Ok(record.unwrap_or_default())
    }
}

/// Ends a request, even if it panicked or never began.
struct Ending {
    records: Arc<Records>,
    slot: u32,
    asking: Arc<Asking>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let mut in_progress = locked(&self.records.in_progress);
        if in_progress.get(&self.slot).is_some_and(|running| Arc::ptr_eq(running, &self.asking)) {
            in_progress.remove(&self.slot);
        }
        drop(in_progress);
        self.asking.ended.give();
    }
}
