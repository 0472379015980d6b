//! Time: the two clocks, deadlines, and waiting for other threads.

use crate::error::{Code, Error};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What a reader needs from its process: clocks and threads. Thread-safe.
pub trait Host: Send + Sync {
    /// Wall time in milliseconds since the epoch. It may be wrong, and may go back.
    fn now(&self) -> i64;

    /// Elapsed time in milliseconds. It never goes back, and may stand still in a freeze.
    fn elapsed(&self) -> i64;

    /// Elapsed time in microseconds.
    fn elapsed_micros(&self) -> i64 {
        self.elapsed() * 1000
    }

    /// Whether deadlines pass by themselves as time passes. If not, the host calls [`Deadline::ring`].
    fn is_timed(&self) -> bool {
        true
    }

    /// A deadline has begun.
    fn began(&self, _deadline: &Arc<Deadline>) {}

    /// This thread is about to wait for another.
    fn waiting(&self) {}

    /// Runs work in the background, for which no caller waits.
    fn spawn(&self, work: Box<dyn FnOnce() + Send>) {
        // If there is no thread for it, the work is dropped. So nothing may depend on it.
        let _ = std::thread::Builder::new().name("background".into()).spawn(work);
    }
}

/// The clocks and threads of this process.
pub struct SystemHost {
    begun: Instant,
}

impl SystemHost {
    /// Begins to count elapsed time.
    pub fn new() -> SystemHost {
        SystemHost { begun: Instant::now() }
    }
}

impl Default for SystemHost {
    fn default() -> SystemHost {
        SystemHost::new()
    }
}

impl Host for SystemHost {
    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_millis() as i64)
    }

    fn elapsed(&self) -> i64 {
        self.begun.elapsed().as_millis() as i64
    }

    fn elapsed_micros(&self) -> i64 {
        self.begun.elapsed().as_micros() as i64
    }
}

/// A moment by both clocks, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// By the wall clock.
    pub wall: i64,
    /// By elapsed time.
    pub elapsed: i64,
}

/// The host's clocks, and by how much its wall clock is wrong.
pub struct Clock {
    host: Arc<dyn Host>,
    skew: AtomicI64,
}

impl Clock {
    /// A clock that is assumed to be right until it learns otherwise.
    pub fn new(host: Arc<dyn Host>) -> Clock {
        Clock { host, skew: AtomicI64::new(0) }
    }

    /// The host whose clock this is.
    pub fn host(&self) -> &Arc<dyn Host> {
        &self.host
    }

    /// This moment.
    pub fn moment(&self) -> Moment {
        Moment { wall: self.host.now(), elapsed: self.host.elapsed() }
    }

    /// How long ago a moment was, in milliseconds, by the clock that reports the longer time.
    pub fn since(&self, moment: Moment) -> i64 {
        (self.host.now() - moment.wall).max(self.host.elapsed() - moment.elapsed)
    }

    /// Elapsed time in milliseconds.
    pub fn elapsed(&self) -> i64 {
        self.host.elapsed()
    }

    /// Wall time by AWS's clock: decides on expiry, and is used in signatures.
    pub fn date(&self) -> i64 {
        self.host.now() + self.skew()
    }

    /// By how much AWS's clock is ahead, in milliseconds.
    pub fn skew(&self) -> i64 {
        self.skew.load(Ordering::Relaxed)
    }

    /// Learns from the date of a response, which has whole seconds and lies after `sent`. Changes
    /// the skew no more than necessary: a response that took long, as during a freeze, says little.
    pub fn learn(&self, date: i64, sent: Moment) {
        let learnt = self.skew().max(date - self.host.now()).min(date + 999 - sent.wall);
        self.skew.store(learnt, Ordering::Relaxed);
    }

    /// For messages: by how much the clock is wrong; empty if it is right, or nearly.
    pub fn complaint(&self) -> String {
        let seconds = (self.skew().abs() + 500) / 1000;
        let way = if self.skew() < 0 { "ahead" } else { "behind" };
        if seconds < 30 { String::new() } else { format!("; the clock of this host is {seconds} s {way}") }
    }
}

/// How often expired values are dropped, in milliseconds.
const SWEEP_EVERY: i64 = 60_000;

/// Says when it is time to drop expired values. The reader's calls do that, because nothing runs
/// between them.
pub struct Sweeper {
    last: Moment,
}

impl Sweeper {
    /// The first sweep is due a minute from now.
    pub fn new(clock: &Clock) -> Sweeper {
        Sweeper { last: clock.moment() }
    }

    /// Whether a sweep is due.
    pub fn is_due(&mut self, clock: &Clock) -> bool {
        let due = clock.since(self.last) >= SWEEP_EVERY;
        if due {
            self.last = clock.moment();
        }
        due
    }
}

/// A time limit is measured in this many parts: if parts end late, the process stood still.
const PARTS: i64 = 8;

/// Waiting takes longer on a busy machine, too: by a quarter of the limit in all, or by this many
/// milliseconds if that is more.
const BUSY: i64 = 50;

/// The deadline of one call.
pub struct Deadline {
    host: Arc<dyn Host>,
    begun: Moment,
    limit: i64,
    rung: AtomicBool,
    attended: AtomicI64,
    waiters: Mutex<Vec<Weak<Signal>>>,
}

impl Deadline {
    /// A deadline `limit` milliseconds from now.
    pub fn begin(clock: &Clock, limit: i64) -> Arc<Deadline> {
        let deadline = Arc::new(Deadline {
            host: clock.host().clone(),
            begun: clock.moment(),
            limit,
            rung: AtomicBool::new(false),
            attended: AtomicI64::new(0),
            waiters: Mutex::new(Vec::new()),
        });
        deadline.host.began(&deadline);
        deadline
    }

    /// Ends it now.
    pub fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        for waiter in locked(&self.waiters).drain(..) {
            if let Some(signal) = waiter.upgrade() {
                signal.wake();
            }
        }
    }

    /// How many milliseconds are left.
    pub fn left(&self) -> i64 {
        if self.rung.load(Ordering::SeqCst) {
            0
        } else if self.host.is_timed() {
            (self.begun.elapsed + self.limit - self.host.elapsed()).max(0)
        } else {
            self.limit
        }
    }

    /// Whether it has passed.
    pub fn passed(&self) -> bool {
        self.left() <= 0
    }

    /// Whether the process stood still, as in a freeze, for so much of the time that a missing
    /// response says nothing about the service.
    pub fn frozen(&self) -> bool {
        let since = (self.host.now() - self.begun.wall).max(self.host.elapsed() - self.begun.elapsed);
        let lost = since - self.attended.load(Ordering::SeqCst);
        self.host.is_timed() && lost > BUSY.max(self.limit / 4)
    }

    /// Waits for a part of `most` milliseconds, in a way that notices a freeze. `wait` gets the
    /// longest time that it may take.
    pub fn attend<R>(&self, most: i64, wait: impl FnOnce(Duration) -> R) -> R {
        self.attend_all(most.min((self.limit / PARTS).max(1)), wait)
    }

    /// The same for a wait that cannot be divided into parts. It notices a freeze that is longer
    /// than the wait, or in which elapsed time stands still.
    pub fn attend_all<R>(&self, most: i64, wait: impl FnOnce(Duration) -> R) -> R {
        let time = most.min(self.left()).max(1);
        let begun = self.host.elapsed();
        let result = wait(Duration::from_millis(time as u64));
        let attended = (self.host.elapsed() - begun).min(time);
        self.attended.fetch_add(attended, Ordering::SeqCst);
        result
    }

    /// Sleeps. Fails with `TIMEOUT` if the deadline comes first.
    pub fn pause(self: &Arc<Deadline>, millis: i64) -> Result<(), Error> {
        let end = self.host.elapsed() + millis;
        while self.host.elapsed() < end {
            self.check()?;
            self.attend(end - self.host.elapsed(), std::thread::sleep);
        }
        Ok(())
    }

    /// Fails with `TIMEOUT` if it has passed.
    pub fn check(&self) -> Result<(), Error> {
        if self.passed() { Err(self.error()) } else { Ok(()) }
    }

    /// The error of a deadline that has passed.
    pub fn error(&self) -> Error {
        let why = if self.frozen() { "; the process was frozen meanwhile" } else { "" };
        Error::new(Code::Timeout, format!("no answer within {} ms{why}", self.limit))
    }

    /// Waits for a signal. Fails with `TIMEOUT` if the deadline comes first.
    pub fn wait(self: &Arc<Deadline>, signal: &Arc<Signal>) -> Result<(), Error> {
        locked(&self.waiters).push(Arc::downgrade(signal));
        self.host.waiting();
        loop {
            if signal.is_given() {
                return Ok(());
            }
            self.check()?;
            if self.host.is_timed() {
                self.attend(self.left(), |part| signal.wait_for(part));
            } else {
                signal.wait_until(|| self.passed());
            }
        }
    }
}

/// An event that happens once, for which threads wait.
#[derive(Default)]
pub struct Signal {
    given: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    /// Releases all waiting threads.
    pub fn give(&self) {
        *locked(&self.given) = true;
        self.changed.notify_all();
    }

    /// Whether it has happened.
    pub fn is_given(&self) -> bool {
        *locked(&self.given)
    }

    /// Waits without a time limit.
    pub fn wait(&self) {
        self.wait_until(|| false);
    }

    fn wake(&self) {
        drop(locked(&self.given));
        self.changed.notify_all();
    }

    fn wait_until(&self, is_over: impl Fn() -> bool) {
        let mut given = locked(&self.given);
        while !*given && !is_over() {
            given = self.changed.wait(given).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wait_for(&self, time: Duration) {
        let given = locked(&self.given);
        if !*given {
            drop(self.changed.wait_timeout(given, time));
        }
    }
}

/// Takes the lock even if a thread that held it panicked, because each change under it is complete
/// in itself.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Manual {
        wall: AtomicI64,
        elapsed: AtomicI64,
    }

    impl Host for Manual {
        fn now(&self) -> i64 {
            self.wall.load(Ordering::SeqCst)
        }

        fn elapsed(&self) -> i64 {
            self.elapsed.load(Ordering::SeqCst)
        }
    }

    impl Manual {
        fn pass(&self, wall: i64, elapsed: i64) {
            self.wall.fetch_add(wall, Ordering::SeqCst);
            self.elapsed.fetch_add(elapsed, Ordering::SeqCst);
        }
    }

    fn deadline() -> (Arc<Manual>, Arc<Deadline>) {
        let host = Arc::new(Manual::default());
        let clock = Clock::new(host.clone());
        (host, Deadline::begin(&clock, 2000))
    }

    #[test]
    fn waiting_for_the_whole_time_is_no_freeze() {
        let (host, deadline) = deadline();
        while deadline.left() > 1000 {
            deadline.attend(i64::MAX, |part| {
                assert_eq!(part.as_millis(), 250);
                host.pass(250, 250);
            });
        }
        deadline.attend_all(1000, |time| {
            assert_eq!(time.as_millis(), 1000);
            host.pass(1000, 1000);
        });
        assert!(deadline.passed());
        assert!(!deadline.frozen());
    }

    #[test]
    fn standing_still_is_a_freeze_by_either_clock() {
        for elapsed in [0, 600_000] {
            let (host, deadline) = deadline();
            deadline.attend(250, |_| host.pass(600_000, elapsed));
            assert!(deadline.frozen());
        }
        let (host, deadline) = deadline();
        deadline.attend(250, |_| host.pass(750, 750));
        assert!(!deadline.frozen());
        deadline.attend(250, |_| host.pass(251, 250));
        assert!(deadline.frozen());
    }

    #[test]
    fn the_clock_is_corrected_by_no_more_than_an_answer_says() {
        let host = Arc::new(Manual::default());
        host.pass(1_000_000, 0);
        let clock = Clock::new(host.clone());
        let sent = clock.moment();
        clock.learn(1_000_000, sent);
        assert_eq!(clock.skew(), 0);
        clock.learn(1_060_000, sent);
        assert_eq!((clock.date(), clock.complaint().is_empty()), (1_060_000, false));
        // An hour in a freeze, after the answer was made.
        host.pass(3_600_000, 0);
        clock.learn(1_060_000, sent);
        assert_eq!(clock.skew(), 60_000);
    }
}
