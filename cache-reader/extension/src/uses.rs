//! Reports the use of tenants about which the decryptor asks.

use crate::clock::{Clock, Deadline, locked};
use crate::lru::Lru;
use crate::ports::Ports;
use std::sync::{Arc, Mutex};

/// Publishes `Tenant Used` once for each probe, however many entries and records have it and however often they are
/// read.
pub struct Uses {
    ports: Arc<dyn Ports>,
    clock: Arc<Clock>,
    deadline: i64,
    answered: Mutex<Lru<u64>>,
}

impl Uses {
    /// Remembers which `size` tenants were reported last. One report may take `deadline`
    /// milliseconds.
    pub fn new(ports: Arc<dyn Ports>, clock: Arc<Clock>, deadline: i64, size: usize) -> Uses {
        Uses { ports, clock, deadline, answered: Mutex::new(Lru::new(size, 0)) }
    }

    /// Called for each probe that is read: since when no reader has reported the tenant.
    pub fn read(&self, tenant: &str, probe: u64) {
        {
            let mut answered = locked(&self.answered);
            if answered.get(tenant).is_some_and(|answered| answered >= probe) {
                return;
            }
            answered.set(tenant, probe, 0);
        }
        let (ports, deadline) = (self.ports.clone(), Deadline::begin(&self.clock, self.deadline));
        let detail = format!("{{\"tenant\":\"{tenant}\"}}");
        self.clock.host().spawn(Box::new(move || {
            // No caller waits for it. At worst the tenant is resolved once, when it is used next.
            let _ = ports.publish("Tenant Used", &detail, &deadline);
        }));
    }
}
