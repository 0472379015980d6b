//! A cache of unwrapped data keys.

use crate::clock::{Clock, Deadline, Moment, Signal, Sweeper, locked};
use crate::envelope::DataKey;
use crate::error::{Code, Error};
use crate::lru::Lru;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Data keys by their tenant and wrapped form, so that an entry copied to another tenant never
/// opens with a cached key. Concurrent callers share one request to KMS.
pub struct DataKeys {
    ttl: i64,
    state: Mutex<State>,
}

struct State {
    kept: Lru<(Arc<DataKey>, Moment)>,
    in_progress: HashMap<String, Arc<Unwrapping>>,
    sweeper: Sweeper,
}

#[derive(Default)]
struct Unwrapping {
    ended: Arc<Signal>,
    result: Mutex<Option<Result<Arc<DataKey>, Error>>>,
}

impl DataKeys {
    /// Keeps at most `size` keys for `ttl` milliseconds.
    pub fn new(clock: &Clock, ttl: i64, size: usize) -> DataKeys {
        DataKeys {
            ttl,
            state: Mutex::new(State {
                kept: Lru::new(size, 0),
                in_progress: HashMap::new(),
                sweeper: Sweeper::new(clock),
            }),
        }
    }

    /// Returns the key of `wrapped` (base64), from the cache or from `unwrap`.
    pub fn get(
        &self,
        clock: &Clock,
        tenant: &str,
        wrapped: &str,
        deadline: &Arc<Deadline>,
        unwrap: impl Fn() -> Result<DataKey, Error>,
    ) -> Result<Arc<DataKey>, Error> {
        let id = format!("{tenant} {wrapped}");
        loop {
            let unwrapping = {
                let mut state = locked(&self.state);
                if state.sweeper.is_due(clock) {
                    state.kept.sweep(|(_, at)| clock.since(*at) >= self.ttl);
                }
                if let Some((key, at)) = state.kept.get(&id)
                    && clock.since(at) < self.ttl
                {
                    return Ok(key);
                }
                match state.in_progress.get(&id) {
                    Some(joined) => joined.clone(),
                    None => {
                        let begun = Arc::new(Unwrapping::default());
                        state.in_progress.insert(id.clone(), begun.clone());
                        drop(state);
                        return self.begin(clock, &id, begun, unwrap);
                    }
                }
            };
            deadline.wait(&unwrapping.ended)?;
            let result = locked(&unwrapping.result).clone();
            match result {
                Some(Err(error)) if error.code != Code::Timeout => return Err(error),
                Some(Ok(key)) => return Ok(key),
                // The deadline was that of the call that began it; this one may have time left.
                _ => deadline.check()?,
            }
        }
    }

    fn begin(
        &self,
        clock: &Clock,
        id: &str,
        unwrapping: Arc<Unwrapping>,
        unwrap: impl Fn() -> Result<DataKey, Error>,
    ) -> Result<Arc<DataKey>, Error> {
        let ending = Ending { keys: self, id, unwrapping };
        let at = clock.moment();
        let result = unwrap().map(Arc::new);
        if let Ok(key) = &result {
            locked(&self.state).kept.set(id, (key.clone(), at), 0);
        }
        *locked(&ending.unwrapping.result) = Some(result.clone());
        result
    }
}

/// Ends an unwrapping, even if it panicked.
struct Ending<'a> {
    keys: &'a DataKeys,
    id: &'a str,
    unwrapping: Arc<Unwrapping>,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        locked(&self.keys.state).in_progress.remove(self.id);
        self.unwrapping.ended.give();
    }
}
