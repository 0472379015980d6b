//! A reader's counters, as lines of CloudWatch's embedded metric format.

use crate::clock::locked;
use crate::reader::Reader;
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};

/// The maximum number of values that CloudWatch takes of one metric in one line.
const KEPT: usize = 100;

/// How long lookups took: a random sample of those since the last line, with at most as many as one
/// line of metrics may have. Thread-safe.
#[derive(Default)]
pub struct LookupTimes {
    kept: Mutex<(Vec<f64>, u64)>,
}

impl LookupTimes {
    /// Adds a lookup that has ended with an answer, in microseconds.
    pub fn add(&self, micros: i64) {
        let millis = micros as f64 / 1000.0;
        let mut kept = locked(&self.kept);
        kept.1 += 1;
        if kept.0.len() < KEPT {
            kept.0.push(millis);
        } else if let Some(place) = random(kept.1).filter(|place| *place < KEPT) {
            kept.0[place] = millis;
        }
    }

    /// Returns the sample, in milliseconds, and begins a new one.
    fn drain(&self) -> Vec<f64> {
        std::mem::take(&mut *locked(&self.kept)).0
    }
}

/// A random number from 0 to below `most`; none if the system has no random numbers.
fn random(most: u64) -> Option<usize> {
    let mut bytes = [0; 8];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some((u64::from_le_bytes(bytes) % most) as usize)
}

/// Makes the lines, if metrics are enabled. Thread-safe.
pub struct Metrics {
    reader: Arc<Reader>,
    cache: String,
    every: i64,
    printed: Mutex<(Map<String, Value>, i64)>,
}

impl Metrics {
    /// `every` is the shortest time between two lines, in milliseconds; 0 for no lines.
    pub fn new(reader: Arc<Reader>, cache_table: &str, every: i64) -> Metrics {
        // The table's name, also if its ARN is configured.
        let cache = cache_table.rsplit('/').next().unwrap_or_default().into();
        let printed = Mutex::new((Map::new(), reader.clock().host().now()));
        Metrics { reader, cache, every, printed }
    }

    /// The line with the counts since the last line; none if it is too early, or if there are none.
    /// At the end of an environment it is never too early.
    pub fn line(&self, at_the_end: bool) -> Option<String> {
        let now = self.reader.clock().host().now();
        let mut printed = locked(&self.printed);
        if self.every == 0 || !at_the_end && now - printed.1 < self.every {
            return None;
        }
        let mut counts = Map::new();
        let mut since = Map::new();
        for (name, count) in self.reader.counters().all() {
            let before = printed.0.get(name).and_then(Value::as_u64).unwrap_or(0);
            counts.insert(name.into(), count.into());
            since.insert(name.into(), (count - before).into());
        }
        *printed = (counts, now);
        let times = self.reader.times().drain();
        if since.values().all(|count| count.as_u64() == Some(0)) && times.is_empty() {
            return None;
        }
        Some(self.format(since, times, now))
    }

    fn format(&self, since: Map<String, Value>, times: Vec<f64>, now: i64) -> String {
        let mut metrics: Vec<Value> = since.keys().map(|name| json!({"Name": name, "Unit": "Count"})).collect();
        if !times.is_empty() {
            metrics.push(json!({"Name": "lookupMillis", "Unit": "Milliseconds"}));
        }
        let described = json!({"Namespace": "Keepwarm", "Dimensions": [["part", "cache"]], "Metrics": metrics});
        let mut line = json!({
            "_aws": {"Timestamp": now, "CloudWatchMetrics": [described]},
            "part": "reader",
            "cache": self.cache,
        });
        if let Some(fields) = line.as_object_mut() {
            fields.extend(since);
            if !times.is_empty() {
                fields.insert("lookupMillis".into(), times.into());
            }
        }
        line.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_hundred_times_of_those_since_the_last_line() {
        let times = LookupTimes::default();
        times.add(1_500);
        assert_eq!(times.drain(), [1.5]);
        assert_eq!(times.drain(), [] as [f64; 0]);
        (0..1_000).for_each(|micros| times.add(micros));
        let kept = times.drain();
        assert_eq!(kept.len(), KEPT);
        assert!(kept.iter().any(|millis| *millis >= 0.1), "later ones are among them");
    }
}
