//! A reader's counters.

use crate::error::{Code, Error};
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $field:ident $name:literal,)*) => {
        /// Counts since the reader was made.
        #[derive(Default)]
        pub struct Counters { $($(#[$doc])* pub $field: AtomicU64,)* }

        impl Counters {
            /// All counts, by their names, which all readers share.
            pub fn all(&self) -> Vec<(&'static str, u64)> {
                vec![$(($name, self.$field.load(Ordering::Relaxed)),)*]
            }
        }
    };
}

counters! {
    /// Answers from the near cache, including refusals.
    near_hits "nearHits",
    /// Requests to the table, including those for freshness records.
    cache_reads "cacheReads",
    /// Lookups that found no usable entry, or not all of a tenant's.
    misses "misses",
    /// Requests to the decryptor.
    resolves "resolves",
    /// Requests to KMS.
    unwraps "unwraps",
    /// Lookups in the background.
    refreshes "refreshes",
    /// Answers from the near cache past `nearTtl`, because of an outage.
    stale_served "staleServed",
    /// Lookups that failed because the table or KMS did not respond.
    outages "outages",
    /// Lookups that the deadline ended.
    timeouts "timeouts",
    /// Entries that did not unseal, or were malformed; freshness records that were malformed, or whose signature did
    /// not verify.
    tampered "tampered",
    /// Entries in the table under a KMS key that is not configured.
    wrong_keys "wrongKeys",
    /// Credentials that a caller rejected.
    rejections "rejections",
}

/// Counts one more.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counters {
    /// Counts how a lookup failed.
    pub fn failed(&self, error: &Error) {
        match error.code {
            Code::Timeout => count(&self.timeouts),
            Code::Tampered => count(&self.tampered),
            _ => {}
        }
    }
}
