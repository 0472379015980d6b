//! A bounded map.

use std::collections::{BTreeMap, HashMap};

/// A map that holds at most `size` values, which weigh at most `most` together. It drops the least
/// recently used. Not thread-safe.
pub struct Lru<V> {
    size: usize,
    most: usize,
    values: HashMap<String, Slot<V>>,
    order: BTreeMap<u64, String>,
    uses: u64,
    weight: usize,
}

struct Slot<V> {
    value: V,
    weight: usize,
    used: u64,
}

impl<V: Clone> Lru<V> {
    /// An empty map.
    pub fn new(size: usize, most: usize) -> Lru<V> {
        Lru { size, most, values: HashMap::new(), order: BTreeMap::new(), uses: 0, weight: 0 }
    }

    /// Returns the value, and marks it as used now.
    pub fn get(&mut self, key: &str) -> Option<V> {
        let slot = self.values.get_mut(key)?;
        self.uses += 1;
        if let Some(name) = self.order.remove(&slot.used) {
            self.order.insert(self.uses, name);
        }
        slot.used = self.uses;
        Some(slot.value.clone())
    }

    /// Puts a value, and replaces an existing one.
    pub fn set(&mut self, key: &str, value: V, weight: usize) {
        self.remove(key);
        self.uses += 1;
        self.weight += weight;
        self.order.insert(self.uses, key.into());
        let used = self.uses;
        self.values.insert(key.into(), Slot { value, weight, used });
        while self.values.len() > self.size || self.weight > self.most {
            let Some(oldest) = self.order.values().next().cloned() else {
                break;
            };
            self.remove(&oldest);
        }
    }

    /// Drops a value.
    pub fn remove(&mut self, key: &str) {
        if let Some(slot) = self.values.remove(key) {
            self.order.remove(&slot.used);
            self.weight -= slot.weight;
        }
    }

    /// Drops the values that are not needed any more.
    pub fn sweep(&mut self, is_over: impl Fn(&V) -> bool) {
        let over: Vec<String> =
            self.values.iter().filter(|(_, slot)| is_over(&slot.value)).map(|(key, _)| key.clone()).collect();
        for key in over {
            self.remove(&key);
        }
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        self.values.clear();
        self.order.clear();
        self.weight = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_what_was_unused_for_longest() {
        let mut lru = Lru::new(2, 100);
        lru.set("a", 1, 0);
        lru.set("b", 2, 0);
        assert_eq!(lru.get("a"), Some(1));
        lru.set("c", 3, 0);
        assert_eq!((lru.get("a"), lru.get("b"), lru.get("c")), (Some(1), None, Some(3)));
    }

    #[test]
    fn weighs_what_it_holds() {
        let mut lru = Lru::new(10, 100);
        lru.set("a", 1, 60);
        lru.set("a", 2, 60);
        assert_eq!(lru.get("a"), Some(2));
        lru.set("b", 3, 60);
        assert_eq!((lru.get("a"), lru.get("b")), (None, Some(3)));
        lru.set("c", 4, 101);
        assert_eq!((lru.get("b"), lru.get("c")), (None, None));
        lru.set("d", 5, 100);
        lru.sweep(|_| true);
        lru.set("e", 6, 100);
        assert_eq!(lru.get("e"), Some(6));
    }
}
