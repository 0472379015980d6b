//! Work in progress: callers that want the same result share it.

use crate::clock::{Host, Moment, Signal, locked};
use crate::error::{Code, Error};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The work in progress, by key.
pub struct Flights<T> {
    in_progress: Mutex<HashMap<String, Arc<Flight<T>>>>,
}

struct Flight<T> {
    sharing: Sharing,
    ended: Arc<Signal>,
    result: Mutex<Option<Result<T, Error>>>,
}

/// How long other callers may wait for a piece of work.
#[derive(Clone, Copy)]
pub struct Sharing {
    /// The near cache's epoch in which it began.
    pub epoch: u64,
    /// When it began.
    pub begun: Moment,
    /// For how many milliseconds it is shared.
    pub millis: i64,
}

impl<T: Clone> Default for Flights<T> {
    fn default() -> Flights<T> {
        Flights::new()
    }
}

impl<T: Clone> Flights<T> {
    /// Makes it without work in progress.
    pub fn new() -> Flights<T> {
        Flights { in_progress: Mutex::new(HashMap::new()) }
    }

    /// Returns the result of the work in progress for `key`, if `is_shared` says that the caller
    /// may wait for it. Otherwise runs `work` in this thread.
    pub fn join(
        &self,
        host: &Arc<dyn Host>,
        key: &str,
        sharing: Sharing,
        is_shared: impl Fn(&Sharing) -> bool,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let flight = {
            let mut in_progress = locked(&self.in_progress);
            if let Some(running) = in_progress.get(key).filter(|running| is_shared(&running.sharing)) {
                let running = running.clone();
                drop(in_progress);
                host.waiting();
                running.ended.wait();
                let result = locked(&running.result).clone();
                return result.unwrap_or_else(|| Err(abandoned()));
            }
            let flight = Arc::new(Flight { sharing, ended: Arc::new(Signal::default()), result: Mutex::new(None) });
            in_progress.insert(key.into(), flight.clone());
            flight
        };
        let landing = Landing { flights: self, key, flight };
        let result = work();
        *locked(&landing.flight.result) = Some(result.clone());
        result
    }
}

/// Ends a flight, even if its work panicked.
struct Landing<'a, T> {
    flights: &'a Flights<T>,
    key: &'a str,
    flight: Arc<Flight<T>>,
}

impl<T> Drop for Landing<'_, T> {
    fn drop(&mut self) {
        let mut in_progress = locked(&self.flights.in_progress);
        if in_progress.get(self.key).is_some_and(|running| Arc::ptr_eq(running, &self.flight)) {
            in_progress.remove(self.key);
        }
        drop(in_progress);
        self.flight.ended.give();
    }
}

fn abandoned() -> Error {
    Error::new(Code::Unavailable, "the lookup ended without a result")
}
