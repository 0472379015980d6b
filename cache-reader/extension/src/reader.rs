//! The reader: what docs/writing-a-reader.md says.

use crate::clock::{Clock, Deadline, Host, Moment, locked};
use crate::counters::{Counters, count};
use crate::datakeys::DataKeys;
use crate::entry::{Entry, Reading, Sealed, State, entry_of, raw, reading_of_answer, reading_of_table};
use crate::envelope::{DataKey, unseal};
use crate::error::{Code, Error};
use crate::flights::{Flights, Sharing};
use crate::id::{Id, check_part};
use crate::json::Object;
use crate::lru::Lru;
use crate::metrics::LookupTimes;
use crate::near::{Credential, Found, Kept, Near, SHORTER};
use crate::ports::{Answer, Ports, Resolve};
use crate::records::Records;
use crate::tenant::{Members, TenantReading};
use crate::uses::Uses;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// How often `wait` reads the table, in milliseconds.
const POLL_EVERY: i64 = 50;

/// The shortest time between two searches for a newer credential, in milliseconds.
const LEAST_DAMPING: i64 = 1000;

/// How many lookups are in progress in the background at most.
const MAX_REFRESHES: usize = 32;

/// What the reader does if the cache table has no usable entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMiss {
    /// Ask the decryptor now.
    Resolve,
    /// Read the table until the entry is there.
    Wait,
    /// Fail with `UNAVAILABLE`.
    Fail,
}

/// How a reader behaves. Times are in milliseconds.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// How long a credential is served without a read of the table.
    pub near_ttl: i64,
    /// How many credentials the near cache holds at most.
    pub near_size: usize,
    /// How many bytes these credentials have at most.
    pub near_bytes: usize,
    /// How long an unwrapped data key is kept.
    pub data_key_ttl: i64,
    /// How long one call may take.
    pub deadline: i64,
    /// What to do on a miss.
    pub on_miss: OnMiss,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour {
            near_ttl: 30_000,
            near_size: 10_000,
            near_bytes: 64 << 20,
            data_key_ttl: 900_000,
            deadline: 2000,
            on_miss: OnMiss::Resolve,
        }
    }
}

/// All credentials of a tenant.
#[derive(Clone, Debug, Default)]
pub struct TenantCredentials {
    /// By name.
    pub credentials: BTreeMap<String, Arc<Credential>>,
    /// Why other credentials, which exist, cannot be read, by name.
    pub failures: BTreeMap<String, Code>,
}

/// Whether the service to which a credential was given accepted it.
pub enum Use<T> {
    /// It was accepted; with the result.
    Accepted(T),
    /// It was rejected.
    Rejected,
}

/// How a use of a credential ended.
pub enum Used<T> {
    /// It was accepted; with the result.
    Accepted(T),
    /// It was rejected, and so was any newer one. With the error, if the search for a newer one
    /// failed.
    Rejected(Option<Error>),
}

/// A credential that was rejected: which one, and whether a value is its value, in constant time.
pub struct Rejected<'a> {
    /// Its id.
    pub id: &'a Id,
    /// Its version.
    pub version: u64,
    /// Compares with its value.
    pub is_value: &'a (dyn Fn(&[u8]) -> bool + Sync),
}

/// Reads credentials. Thread-safe; all calls block, and end at the deadline.
pub struct Reader {
    ports: Arc<dyn Ports>,
    clock: Arc<Clock>,
    behaviour: Behaviour,
    counters: Arc<Counters>,
    times: LookupTimes,
    near: Mutex<Near>,
    data_keys: DataKeys,
    flights: Flights<Arc<Kept>>,
    tenants: Flights<TenantCredentials>,
    asked: Mutex<Lru<Arc<Asked>>>,
    uses: Arc<Uses>,
    records: Arc<Records>,
    refreshing: AtomicUsize,
}

/// The last search for something newer than a version, and how it ended.
struct Asked {
    version: u64,
    sharing: Sharing,
    error: Option<Error>,
}

impl Reader {
    /// A reader with empty caches.
    pub fn new(ports: Arc<dyn Ports>, clock: Arc<Clock>, behaviour: Behaviour) -> Arc<Reader> {
        let Behaviour { near_ttl, near_size, near_bytes, data_key_ttl, deadline, .. } = behaviour;
        let counters = Arc::new(Counters::default());
        let uses = Arc::new(Uses::new(ports.clone(), clock.clone(), deadline, near_size));
        let records = Records::new(ports.clone(), clock.clone(), counters.clone(), uses.clone(), deadline, near_size);
        Arc::new(Reader {
            ports,
            behaviour,
            counters,
            times: LookupTimes::default(),
            near: Mutex::new(Near::new(&clock, near_ttl, near_size, near_bytes)),
            data_keys: DataKeys::new(&clock, data_key_ttl, near_size),
            flights: Flights::new(),
            tenants: Flights::new(),
            asked: Mutex::new(Lru::new(near_size, 0)),
            uses,
            records,
            refreshing: AtomicUsize::new(0),
            clock,
        })
    }

    /// The counters.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How long lookups took, for the metrics.
    pub fn times(&self) -> &LookupTimes {
        &self.times
    }

    /// The reader's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The credential, at most `max_age` milliseconds old if that is given.
    pub fn get(self: &Arc<Self>, id: &Id, max_age: Option<i64>) -> Result<Arc<Credential>, Error> {
        let is_too_old = |kept: &Kept| max_age.is_some_and(|most| self.clock.since(kept.read_at) >= most);
        let fresh = locked(&self.near).fresh(&id.key(), &self.clock);
        if let Some(kept) = fresh.filter(|kept| !is_too_old(kept)) {
            if kept.claim_refresh(self.behaviour.near_ttl, &self.clock) {
                self.refresh(id);
            }
            count(if kept.stale { &self.counters.stale_served } else { &self.counters.near_hits });
            return self.served(id, &kept);
        }
        let found = self.look_up(id, max_age)?;
        if found.stale {
            if is_too_old(&found) {
                let message = format!("no value of {} is as recent as maxAge requires", id.key());
                return Err(Error::new(Code::Unavailable, message));
            }
            count(&self.counters.stale_served);
        }
        self.served(id, &found)
    }

    /// Gets the credential and runs the function with it. If the function rejects it, runs it once
    /// more with a newer one.
    pub fn with_credential<T>(
        self: &Arc<Self>,
        id: &Id,
        mut function: impl FnMut(&Credential) -> Use<T>,
    ) -> Result<Used<T>, Error> {
        let first = self.get(id, None)?;
        if let Use::Accepted(result) = function(&first) {
            return Ok(Used::Accepted(result));
        }
        let is_value = |value: &[u8]| same(value, &first.value);
        let rejected = Rejected { id, version: first.version, is_value: &is_value };
        let second = match self.newer(&rejected) {
            Ok(Some(second)) => second,
            Ok(None) => return Ok(Used::Rejected(None)),
            Err(error) => return Ok(Used::Rejected(Some(error))),
        };
        match function(&second) {
            Use::Accepted(result) => Ok(Used::Accepted(result)),
            Use::Rejected => {
                count(&self.counters.rejections);
                Ok(Used::Rejected(None))
            }
        }
    }

    /// Returns a newer credential than a rejected one, or none. Bypasses all caches, but not with
    /// every call: see docs/writing-a-reader.md.
    pub fn newer(self: &Arc<Self>, rejected: &Rejected) -> Result<Option<Arc<Credential>>, Error> {
        count(&self.counters.rejections);
        let found = self.look_for_newer(rejected)?;
        found.map(|kept| self.served(rejected.id, &kept)).transpose()
    }

    /// All credentials of a tenant.
    pub fn get_all(self: &Arc<Self>, tenant: &str) -> Result<TenantCredentials, Error> {
        check_part("tenant", tenant)?;
        let sharing = self.sharing(self.behaviour.near_ttl.min(self.behaviour.deadline));
        let is_shared = |running: &Sharing| self.is_shared(tenant, running, None);
        self.tenants.join(self.host(), tenant, sharing, is_shared, || self.look_all_up(tenant))
    }

    /// Forgets the credential and publishes that it is invalid.
    pub fn invalidate(&self, id: &Id) -> Result<(), Error> {
        locked(&self.near).forget(id);
        let detail = format!("{{\"tenant\":\"{}\",\"name\":\"{}\"}}", id.tenant(), id.name());
        let deadline = self.deadline();
        let result = self.ports.publish("Credential Invalidated", &detail, &deadline);
        // A lookup that ran meanwhile may have kept the value that is now invalid.
        locked(&self.near).forget(id);
        result
    }

    /// Drops the credential from the near cache. Lookups that began before do not bring it back.
    pub fn forget(&self, id: &Id) {
        locked(&self.near).forget(id);
    }

    fn host(&self) -> &Arc<dyn Host> {
        self.clock.host()
    }

    fn deadline(&self) -> Arc<Deadline> {
        Deadline::begin(&self.clock, self.behaviour.deadline)
    }

    fn refresh(self: &Arc<Self>, id: &Id) {
        if self.refreshing.fetch_add(1, Ordering::SeqCst) >= MAX_REFRESHES {
            self.refreshing.fetch_sub(1, Ordering::SeqCst);
            return;
        }
        count(&self.counters.refreshes);
        let (reader, id) = (self.clone(), id.clone());
        let counted = Refreshing(reader.clone());
        self.host().spawn(Box::new(move || {
            let _counted = counted;
            // No caller waits for it. If a later lookup fails too, its caller gets the error.
            let _ = reader.look_up(&id, None);
        }));
    }

    fn served(&self, id: &Id, kept: &Kept) -> Result<Arc<Credential>, Error> {
        match &kept.found {
            Found::Refused(refusal) => Err(refusal.error(id)),
            Found::Held(credential, _) if kept.is_live(&self.clock) => Ok(credential.clone()),
            Found::Held(..) => {
                let message = format!("the entry of {} expired{}", id.key(), self.clock.complaint());
                Err(Error::new(Code::Unavailable, message))
            }
        }
    }

    fn sharing(&self, millis: i64) -> Sharing {
        Sharing { epoch: locked(&self.near).epoch(), begun: self.clock.moment(), millis }
    }

    fn is_shared(&self, key_or_tenant: &str, running: &Sharing, within: Option<i64>) -> bool {
        let most = running.millis.min(within.unwrap_or(i64::MAX));
        locked(&self.near).is_current(key_or_tenant, running.epoch) && self.clock.since(running.begun) < most
    }

    /// Looks in the table and then does what `on_miss` says. Concurrent callers share the result.
    fn look_up(self: &Arc<Self>, id: &Id, max_age: Option<i64>) -> Result<Arc<Kept>, Error> {
        let key = id.key();
        let sharing = self.sharing(self.behaviour.near_ttl.min(self.behaviour.deadline));
        let is_shared = |running: &Sharing| self.is_shared(&key, running, max_age);
        self.flights.join(self.host(), &key, sharing, is_shared, || self.look_up_alone(id, &key))
    }

    fn look_up_alone(self: &Arc<Self>, id: &Id, key: &str) -> Result<Arc<Kept>, Error> {
        let (begun_in, spare) = {
            let mut near = locked(&self.near);
            (near.epoch(), near.held(key))
        };
        let begun = self.host().elapsed_micros();
        let deadline = self.deadline();
        let mut lookup = Lookup { spare, missed: false, unopened: None, expired: None };
        let result = self.attempt(id, key, &mut lookup, &deadline).map_err(|error| thawed(error, &deadline));
        match &result {
            Ok(found) => {
                self.times.add(self.host().elapsed_micros() - begun);
                locked(&self.near).keep(key, found, begun_in, &self.clock)
            }
            Err(error) => {
                self.counters.failed(error);
                if error.is_outage() && !lookup.missed {
                    if !deadline.frozen() {
                        count(&self.counters.outages);
                        let prolonged = lookup.spare.and_then(|_| locked(&self.near).prolong(key, &self.clock));
                        return prolonged.ok_or_else(|| error.clone());
                    }
                } else if let Some(spare) = lookup.spare {
                    locked(&self.near).drop_entry(key, &spare);
                }
            }
        }
        result
    }

    fn attempt(
        self: &Arc<Self>,
        id: &Id,
        key: &str,
        lookup: &mut Lookup,
        deadline: &Arc<Deadline>,
    ) -> Result<Arc<Kept>, Error> {
        if let Some(found) = self.read_table(id, key, lookup, deadline)? {
            return Ok(found);
        }
        lookup.missed = true;
        count(&self.counters.misses);
        match self.behaviour.on_miss {
            OnMiss::Resolve => {
                // An entry under another KMS key looks usable in the table. `newer_than` tells the
                // decryptor to replace it.
                let newer_than = lookup.unopened.as_ref().map(|sealed| sealed.version);
                if let (None, Some(expired)) = (newer_than, lookup.expired.take()) {
                    self.unwrap_beside(id, expired, deadline);
                }
                self.resolve(id, newer_than, deadline)
            }
            OnMiss::Wait => self.poll(deadline, || self.read_table(id, key, lookup, deadline)),
            OnMiss::Fail => Err(Error::new(Code::Unavailable, format!("the cache has no usable entry of {key}"))),
        }
    }

    fn read_table(
        &self,
        id: &Id,
        key: &str,
        lookup: &mut Lookup,
        deadline: &Arc<Deadline>,
    ) -> Result<Option<Arc<Kept>>, Error> {
        let read_at = self.clock.moment();
        let entry = self.read(id, deadline)?;
        let reading = reading_of_table(entry.as_ref(), self.clock.date());
        lookup.expired = entry.and_then(Entry::into_sealed);
        // Unless the table has exactly the near version, its response is newer than the near entry.
        if let Some(spare) = lookup.spare.take_if(|spare| !confirms(&reading, spare)) {
            locked(&self.near).drop_entry(key, &spare);
        }
        let reading = self.settled(id, reading, read_at, deadline)?;
        if let Some(spare) = lookup.spare.take_if(|_| matches!(reading, Reading::Missing)) {
            locked(&self.near).drop_entry(key, &spare);
        }
        if let (Reading::Live(sealed), Some(unopened)) = (&reading, &lookup.unopened)
            && sealed.data_key == unopened.data_key
        {
            return Ok(None);
        }
        match (self.entry(id, &reading, read_at, deadline), reading) {
            (Err(error), Reading::Live(sealed)) if error.wrong_key => {
                count(&self.counters.wrong_keys);
                lookup.unopened = Some(sealed);
                Ok(None)
            }
            (result, _) => result,
        }
    }

    /// Reads the table's entry, and ahead of need the freshness record that may vouch for it.
    fn read(&self, id: &Id, deadline: &Arc<Deadline>) -> Result<Option<Entry>, Error> {
        self.records.ahead(id.tenant());
        count(&self.counters.cache_reads);
        let entry = self.ports.read(id, deadline)?.as_ref().map(entry_of).transpose()?;
        entry.iter().for_each(|entry| self.seen(entry));
        Ok(entry)
    }

    /// Notes the probe and the slot of an entry in the table.
    fn seen(&self, entry: &Entry) {
        if let State::Ready { probe: Some(probe), .. } = entry.state {
            self.uses.read(entry.id.tenant(), probe);
        }
        self.records.seen(entry);
    }

    /// Settles a reading: an entry that needs a freshness record is live if a record vouches for
    /// it, and missing if none does.
    fn settled(&self, id: &Id, reading: Reading, read_at: Moment, deadline: &Arc<Deadline>) -> Result<Reading, Error> {
        let Reading::Vouchable(sealed) = reading else {
            return Ok(reading);
        };
        self.wait_for_records(id.tenant(), std::iter::once(&sealed), read_at, deadline)?;
        Ok(if self.records.is_vouched(id.tenant(), &sealed) { Reading::Live(sealed) } else { Reading::Missing })
    }

    /// Waits for the freshness records that entries past their hard expiry need. Requests the data
    /// key of the first of them at the same time, because KMS takes longer.
    fn wait_for_records<'a>(
        &self,
        tenant: &str,
        needy: impl Iterator<Item = &'a Sealed> + Clone,
        read_at: Moment,
        deadline: &Arc<Deadline>,
    ) -> Result<(), Error> {
        let first = needy.clone().next();
        let meanwhile = || {
            // A failure is reported when the key is used, if it is.
            let _ = first.map(|sealed| self.data_key(tenant, sealed, deadline));
        };
        self.records.wait(tenant, needy, read_at, meanwhile, deadline)
    }

    fn data_key(&self, tenant: &str, sealed: &Sealed, deadline: &Arc<Deadline>) -> Result<Arc<DataKey>, Error> {
        self.data_keys.get(&self.clock, tenant, &sealed.data_key, deadline, || {
            count(&self.counters.unwraps);
            self.ports.unwrap(tenant, &sealed.data_key, deadline)
        })
    }

    /// Requests the data key of an expired entry while the decryptor resolves, because it most
    /// probably seals under the same key.
    fn unwrap_beside(self: &Arc<Self>, id: &Id, expired: Sealed, deadline: &Arc<Deadline>) {
        let (reader, tenant, deadline) = (self.clone(), id.tenant().to_owned(), deadline.clone());
        self.host().spawn(Box::new(move || {
            // If it fails, opening an entry tries again.
            let _ = reader.data_key(&tenant, &expired, &deadline);
        }));
    }

    fn resolve(&self, id: &Id, newer_than: Option<u64>, deadline: &Arc<Deadline>) -> Result<Arc<Kept>, Error> {
        let read_at = self.clock.moment();
        let entry = self.ask(id, newer_than, deadline)?;
        self.answered(id, entry.as_ref(), read_at, deadline)
    }

    fn ask(&self, id: &Id, newer_than: Option<u64>, deadline: &Arc<Deadline>) -> Result<Option<Entry>, Error> {
        count(&self.counters.resolves);
        let request = Resolve { tenant: id.tenant().into(), name: Some(id.name().into()), newer_than };
        let answer = Answer::parse(&self.ports.resolve(&request, deadline)?)?;
        // Also finds an item without a tenant or a name, which is then TAMPERED.
        let is_it = |item: &&Object| {
            raw(item, "tenant", 'S').unwrap_or(id.tenant()) == id.tenant()
                && raw(item, "name", 'S').unwrap_or(id.name()) == id.name()
        };
        answer.items.iter().find(is_it).map(entry_of).transpose()
    }

    /// Turns a final response into an entry of the near cache; fails if it is not usable.
    fn answered(
        &self,
        id: &Id,
        entry: Option<&Entry>,
        read_at: Moment,
        deadline: &Arc<Deadline>,
    ) -> Result<Arc<Kept>, Error> {
        let reading = reading_of_answer(entry, self.clock.date());
        let reading = self.settled(id, reading, read_at, deadline)?;
        self.entry(id, &reading, read_at, deadline)?.ok_or_else(|| {
            let is_ready = entry.is_some_and(|entry| matches!(entry.state, State::Ready { .. }));
            let why = match (is_ready, self.clock.complaint()) {
                (false, _) => String::new(),
                (true, none) if none.is_empty() => {
                    ": it had expired on arrival; is the clock of this host right?".into()
                }
                (true, complaint) => format!(": it had expired on arrival{complaint}"),
            };
            Error::new(Code::Unavailable, format!("the decryptor's response has no usable entry of {}{why}", id.key()))
        })
    }

    /// Makes the near cache's entry from a settled reading; none if the reading is not usable.
    fn entry(
        &self,
        id: &Id,
        reading: &Reading,
        read_at: Moment,
        deadline: &Arc<Deadline>,
    ) -> Result<Option<Arc<Kept>>, Error> {
        let found = match reading {
            Reading::Missing | Reading::Vouchable(_) => return Ok(None),
            Reading::Refusal(refusal) => Found::Refused(refusal.clone()),
            Reading::Live(sealed) => {
                let life = self.records.life(id.tenant(), sealed);
                let key = self.data_key(id.tenant(), sealed, deadline)?;
                let credential = Credential {
                    id: id.clone(),
                    version: sealed.version,
                    value: unseal(&key, id, sealed)?,
                    expires_at: life.hard_expires_at,
                };
                if self.clock.date() >= life.hard_expires_at {
                    return Ok(None);
                }
                Found::Held(Arc::new(credential), life.soft_expires_at)
            }
        };
        Ok(Some(Kept::new(found, read_at, self.behaviour.near_ttl, &self.clock)))
    }

    fn poll<T>(
        &self,
        deadline: &Arc<Deadline>,
        mut table: impl FnMut() -> Result<Option<T>, Error>,
    ) -> Result<T, Error> {
        loop {
            self.ports.pause(POLL_EVERY, deadline)?;
            if let Some(found) = table()? {
                return Ok(found);
            }
        }
    }

    fn look_for_newer(&self, rejected: &Rejected) -> Result<Option<Arc<Kept>>, Error> {
        let key = rejected.id.key();
        let fresh = locked(&self.near).fresh(&key, &self.clock);
        if let Some(kept) = fresh.filter(|kept| is_news(&kept.found, rejected)) {
            return Ok(Some(kept));
        }
        let last = locked(&self.asked).get(&key);
        if let Some(last) = last
            && last.version == rejected.version
            && self.is_shared(&key, &last.sharing, None)
        {
            return last.error.clone().map_or(Ok(None), Err);
        }
        let sharing = self.sharing(self.damping(1).min(self.behaviour.deadline));
        let is_shared = |running: &Sharing| self.is_shared(&key, running, None);
        let flight = format!("{key} {}", rejected.version);
        let found = self.flights.join(self.host(), &flight, sharing, is_shared, || self.force(rejected, &key))?;
        Ok(if is_unchanged(&found.found, rejected) { None } else { Some(found) })
    }

    /// How long the reader does not search for a newer credential again.
    fn damping(&self, shorter: i64) -> i64 {
        (self.behaviour.near_ttl / shorter).max(LEAST_DAMPING)
    }

    /// Searches for a newer credential, and remembers if there is none.
    fn force(&self, rejected: &Rejected, key: &str) -> Result<Arc<Kept>, Error> {
        let (id, version) = (rejected.id, rejected.version);
        let recent = self.sharing(self.damping(1));
        let begun = self.host().elapsed_micros();
        let deadline = self.deadline();
        let read_at = self.clock.moment();
        let found = if self.behaviour.on_miss == OnMiss::Resolve {
            self.ask(id, Some(version), &deadline)
        } else {
            self.read(id, &deadline)
        };
        let result = found
            .and_then(|entry| self.answered(id, entry.as_ref(), read_at, &deadline))
            .map_err(|error| thawed(error, &deadline));
        let (sharing, error) = match &result {
            Ok(kept) => {
                self.times.add(self.host().elapsed_micros() - begun);
                locked(&self.near).keep(key, kept, recent.epoch, &self.clock);
                if !is_unchanged(&kept.found, rejected) {
                    return result;
                }
                (recent, None)
            }
            Err(error) => {
                self.counters.failed(error);
                (Sharing { millis: self.damping(SHORTER), ..recent }, Some(error.clone()))
            }
        };
        locked(&self.asked).set(key, Arc::new(Asked { version, sharing, error }), 0);
        result
    }

    fn look_all_up(&self, tenant: &str) -> Result<TenantCredentials, Error> {
        let begun_in = locked(&self.near).epoch();
        let begun = self.host().elapsed_micros();
        let deadline = self.deadline();
        let mut missed = false;
        let mut malformed = BTreeMap::new();
        let result = self.attempt_all(tenant, begun_in, &mut missed, &mut malformed, &deadline);
        if result.is_ok() {
            self.times.add(self.host().elapsed_micros() - begun);
        }
        result.map_err(|error| {
            let error = thawed(error, &deadline);
            self.counters.failed(&error);
            if missed && !malformed.is_empty() {
                // The malformed item is the one certain fault.
                return Error::new(Code::Tampered, format!("an item of tenant {tenant} is malformed"));
            }
            if error.is_outage() && !missed && !deadline.frozen() {
                count(&self.counters.outages);
            }
            error
        })
    }

    fn attempt_all(
        &self,
        tenant: &str,
        begun_in: u64,
        missed: &mut bool,
        malformed: &mut BTreeMap<String, Code>,
        deadline: &Arc<Deadline>,
    ) -> Result<TenantCredentials, Error> {
        let is_vouched = |sealed: &Sealed| self.records.is_vouched(tenant, sealed);
        let read_table = |malformed: &mut BTreeMap<String, Code>| {
            let read_at = self.clock.moment();
            self.records.ahead(tenant);
            count(&self.counters.cache_reads);
            let items = self.ports.read_tenant(tenant, deadline)?;
            let members = Members::new(tenant, &items, &BTreeMap::new());
            members.entries.iter().for_each(|entry| self.seen(entry));
            self.note(&members, malformed);
            let now = self.clock.date();
            let needy = members.entries.iter().filter_map(|entry| match &entry.state {
                State::Ready { sealed, .. } if sealed.needs_record(now) => Some(sealed),
                _ => None,
            });
            self.wait_for_records(tenant, needy, read_at, deadline)?;
            let reading = TenantReading::new(members, is_vouched, self.clock.date(), &BTreeMap::new());
            for name in reading.gone.iter().chain(reading.failures.keys()) {
                // A credential that is gone from the table must not be served in an outage either.
                locked(&self.near).supersede(&format!("{tenant} {name}"), read_at);
            }
            match reading.is_complete() {
                true => self.open_all(tenant, reading, vec![], (read_at, begun_in), deadline).map(Some),
                false => Ok(None),
            }
        };
        if let Some(found) = read_table(malformed)? {
            return Ok(found);
        }
        *missed = true;
        count(&self.counters.misses);
        match self.behaviour.on_miss {
            OnMiss::Resolve => {
                let read_at = self.clock.moment();
                count(&self.counters.resolves);
                let request = Resolve { tenant: tenant.into(), name: None, newer_than: None };
                let answer = Answer::parse(&self.ports.resolve(&request, deadline)?)?;
                let members = Members::new(tenant, &answer.items, &answer.failures);
                self.note(&members, malformed);
                // The response need not name the malformed items of the table.
                let reading = TenantReading::new(members, is_vouched, self.clock.date(), malformed);
                let unavailable = reading.unavailable()?;
                self.open_all(tenant, reading, unavailable, (read_at, begun_in), deadline)
            }
            OnMiss::Wait => self.poll(deadline, || read_table(malformed)),
            OnMiss::Fail => {
                Err(Error::new(Code::Unavailable, format!("the cache does not have all entries of tenant {tenant}")))
            }
        }
    }

    /// Remembers and counts the items that are malformed.
    fn note(&self, members: &Members, malformed: &mut BTreeMap<String, Code>) {
        for (name, code) in &members.failures {
            if *code == Code::Tampered && malformed.insert(name.clone(), *code).is_none() {
                count(&self.counters.tampered);
            }
        }
    }

    fn open_all(
        &self,
        tenant: &str,
        reading: TenantReading,
        unavailable: Vec<String>,
        (read_at, begun_in): (Moment, u64),
        deadline: &Arc<Deadline>,
    ) -> Result<TenantCredentials, Error> {
        let mut all = TenantCredentials { failures: reading.failures, ..Default::default() };
        for name in unavailable {
            all.failures.insert(name, Code::Unavailable);
        }
        for (id, reading) in reading.answers {
            let mut result = self.entry(&id, &reading, read_at, deadline);
            if let (Err(error), Reading::Live(sealed)) = (&result, &reading)
                && error.wrong_key
            {
                // The entry must be sealed again, which the tenant's resolve does not do.
                count(&self.counters.wrong_keys);
                result = match self.behaviour.on_miss {
                    OnMiss::Resolve => self.resolve(&id, Some(sealed.version), deadline).map(Some),
                    _ => Ok(None),
                };
            }
            match result {
                Ok(Some(kept)) => {
                    locked(&self.near).keep(&id.key(), &kept, begun_in, &self.clock);
                    match &kept.found {
                        Found::Held(credential, _) => {
                            all.credentials.insert(id.name().into(), credential.clone());
                        }
                        // A credential that the source does not have is not one of the tenant's.
                        Found::Refused(refusal) if refusal.code == Code::NotFound => {}
                        Found::Refused(refusal) => {
                            all.failures.insert(id.name().into(), refusal.code);
                        }
                    }
                }
                Ok(None) => {
                    all.failures.insert(id.name().into(), Code::Unavailable);
                }
                Err(error) if error.wrong_key || error.code == Code::Tampered => {
                    // One bad entry must not affect its siblings.
                    self.counters.failed(&error);
                    locked(&self.near).supersede(&id.key(), read_at);
                    all.failures.insert(id.name().into(), error.code);
                }
                Err(error) => return Err(error),
            }
        }
        if all.credentials.is_empty() && all.failures.is_empty() {
            let message = format!("there is no credential of tenant {tenant}");
            return Err(Error::new(Code::NotFound, message));
        }
        Ok(all)
    }
}

/// The state of one lookup.
struct Lookup {
    /// The near entry, to serve in an outage.
    spare: Option<Arc<Kept>>,
    /// Whether the table has answered with a miss.
    missed: bool,
    /// An entry of the table under another KMS key.
    unopened: Option<Sealed>,
    /// The sealed part of the entry that was read last, if it had one.
    expired: Option<Sealed>,
}

struct Refreshing(Arc<Reader>);

impl Drop for Refreshing {
    fn drop(&mut self) {
        self.0.refreshing.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A missing response says nothing about the service if the process stood still meanwhile.
fn thawed(error: Error, deadline: &Deadline) -> Error {
    let is_missing = matches!(error.code, Code::Unavailable | Code::Timeout) && !error.wrong_key;
    if is_missing && deadline.frozen() { deadline.error() } else { error }
}

fn confirms(reading: &Reading, near: &Kept) -> bool {
    match (reading, &near.found) {
        (Reading::Live(sealed) | Reading::Vouchable(sealed), Found::Held(credential, _)) => {
            sealed.version == credential.version
        }
        _ => false,
    }
}

/// Whether the near entry is newer than a rejected credential.
fn is_news(found: &Found, rejected: &Rejected) -> bool {
    match found {
        Found::Held(credential, _) if credential.version != rejected.version => credential.version > rejected.version,
        _ => !is_unchanged(found, rejected),
    }
}

fn is_unchanged(found: &Found, rejected: &Rejected) -> bool {
    match found {
        Found::Held(credential, _) => credential.version == rejected.version && (rejected.is_value)(&credential.value),
        Found::Refused(_) => false,
    }
}

/// Whether two values are equal, in a time that depends on their lengths only.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    one.ct_eq(other).into()
}
