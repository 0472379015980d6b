//! The reader with clocks and ports of the test: freezes of the process, and the requests of a
//! miss.

use keepwarm_extension::clock::{Clock, Deadline, Host};
use keepwarm_extension::envelope::DataKey;
use keepwarm_extension::error::{Code, Error};
use keepwarm_extension::id::Id;
use keepwarm_extension::json::{Json, Object};
use keepwarm_extension::ports::{Ports, Resolve};
use keepwarm_extension::reader::{Behaviour, OnMiss, Reader};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const START: i64 = 1_767_225_600_000;

/// A host whose clocks are moved by the test, and a table that has one credential or does not answer.
#[derive(Default)]
struct World {
    wall: AtomicI64,
    elapsed: AtomicI64,
    outage: AtomicBool,
    /// By how much the wall clock alone advances during a read of the table, in milliseconds.
    freeze: AtomicI64,
    /// The requests, and `spawn` for each piece of background work, which runs at once.
    asked: Mutex<Vec<&'static str>>,
}

impl World {
    fn pass(&self, millis: i64) {
        self.wall.fetch_add(millis, Ordering::SeqCst);
        self.elapsed.fetch_add(millis, Ordering::SeqCst);
    }

    fn asks(&self, what: &'static str) {
        self.asked.lock().expect("a lock").push(what);
    }

    fn asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.asked.lock().expect("a lock"))
    }
}

struct Shared(Arc<World>);

impl Host for Shared {
    fn now(&self) -> i64 {
        START + self.0.wall.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> i64 {
        self.0.elapsed.load(Ordering::SeqCst)
    }

    fn spawn(&self, work: Box<dyn FnOnce() + Send>) {
        self.0.asks("spawn");
        work();
    }
}

fn text(kind: &str, text: String) -> Json {
    Json::Object(Object::from([(kind.to_string(), Json::Text(text))]))
}

fn item() -> Object {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let (soft, hard) = (START + 150_000, START + 900_000);
    let mut aad = Vec::new();
    for field in [
        b"keepwarm/1".to_vec(),
        b"acme".to_vec(),
        b"bank".to_vec(),
        1u64.to_be_bytes().to_vec(),
        START.to_be_bytes().to_vec(),
        soft.to_be_bytes().to_vec(),
        hard.to_be_bytes().to_vec(),
    ] {
        aad.extend((field.len() as u32).to_be_bytes());
        aad.extend(field);
    }
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("a key"));
    let mut content = b"one".to_vec();
    let nonce = Nonce::assume_unique_for_key([9; 12]);
    key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut content).expect("an envelope");
    let envelope = [vec![1], vec![9; 12], content].concat();
    let number = |number: i64| text("N", number.to_string());
    Object::from([
        ("tenant".into(), text("S", "acme".into())),
        ("name".into(), text("S", "bank".into())),
        ("state".into(), text("S", "READY".into())),
        ("version".into(), number(1)),
        ("sealed".into(), text("B", STANDARD.encode(envelope))),
        ("dataKey".into(), text("B", STANDARD.encode("wrapped"))),
        ("dataKeyCreatedAt".into(), number(1)),
        ("sealedAt".into(), number(START)),
        ("softExpiresAt".into(), number(soft)),
        ("hardExpiresAt".into(), number(hard)),
        ("siblings".into(), number(1)),
    ])
}

impl Ports for Shared {
    fn read(&self, _: &Id, deadline: &Arc<Deadline>) -> Result<Option<Object>, Error> {
        self.0.asks("table");
        let wait = |_: Duration| self.0.wall.fetch_add(self.0.freeze.load(Ordering::SeqCst), Ordering::SeqCst);
        deadline.attend(1000, wait);
        match self.0.outage.load(Ordering::SeqCst) {
            true => Err(Error::new(Code::Unavailable, "no connection")),
            false => Ok(Some(item())),
        }
    }

    fn read_tenant(&self, _: &str, _: &Arc<Deadline>) -> Result<Vec<Object>, Error> {
        Ok(vec![])
    }

    fn read_record(&self, _: u32, _: &Arc<Deadline>) -> Result<Option<Object>, Error> {
        Ok(None)
    }

    fn unwrap(&self, _: &str, _: &str, _: &Arc<Deadline>) -> Result<DataKey, Error> {
        self.0.asks("kms");
        DataKey::new(&[7; 32])
    }

    fn resolve(&self, _: &Resolve, _: &Arc<Deadline>) -> Result<Vec<u8>, Error> {
        self.0.asks("decryptor");
        Err(Error::new(Code::Unavailable, "no decryptor"))
    }

    fn publish(&self, _: &str, _: &str, _: &Arc<Deadline>) -> Result<(), Error> {
        Ok(())
    }
}

fn reader() -> (Arc<World>, Arc<Reader>, Id) {
    reader_with(Behaviour::default())
}

fn reader_with(behaviour: Behaviour) -> (Arc<World>, Arc<Reader>, Id) {
    let world = Arc::new(World::default());
    let host = Arc::new(Shared(world.clone()));
    let reader = Reader::new(host.clone(), Arc::new(Clock::new(host)), behaviour);
    (world, reader, Id::new("acme", "bank").expect("an id"))
}

fn count(reader: &Reader, name: &str) -> u64 {
    let counts = reader.counters().all();
    counts.into_iter().find(|(known, _)| *known == name).expect(name).1
}

#[test]
fn what_is_near_ages_while_the_process_stands_still() {
    let (world, reader, id) = reader();
    assert_eq!(reader.get(&id, None).expect("a credential").value.as_slice(), b"one");
    world.wall.fetch_add(29_999, Ordering::SeqCst);
    assert!(reader.get(&id, None).is_ok());
    assert_eq!((count(&reader, "nearHits"), count(&reader, "cacheReads")), (1, 1));
    world.wall.fetch_add(1, Ordering::SeqCst);
    assert!(reader.get(&id, None).is_ok());
    assert_eq!((count(&reader, "nearHits"), count(&reader, "cacheReads")), (1, 2));
    world.wall.fetch_add(900_000, Ordering::SeqCst);
    assert_eq!(reader.get(&id, None).expect_err("expired").code, Code::Unavailable);
}

#[test]
fn a_lookup_that_was_frozen_is_no_outage() {
    let (world, reader, id) = reader();
    assert!(reader.get(&id, None).is_ok());
    world.pass(30_000);
    world.outage.store(true, Ordering::SeqCst);
    world.freeze.store(60_000, Ordering::SeqCst);
    let error = reader.get(&id, None).expect_err("no answer");
    assert_eq!(error.code, Code::Timeout);
    assert_eq!((count(&reader, "outages"), count(&reader, "staleServed")), (0, 0));

    // The near entry is still there for a real outage.
    world.freeze.store(0, Ordering::SeqCst);
    assert!(reader.get(&id, None).is_ok());
    assert_eq!((count(&reader, "outages"), count(&reader, "staleServed")), (1, 1));
}

#[test]
fn an_old_answer_to_a_lookup_that_was_frozen_is_old() {
    let (world, reader, id) = reader();
    world.freeze.store(30_000, Ordering::SeqCst);
    assert!(reader.get(&id, None).is_ok());
    world.freeze.store(0, Ordering::SeqCst);
    assert!(reader.get(&id, None).is_ok());
    assert_eq!((count(&reader, "nearHits"), count(&reader, "cacheReads")), (0, 2));
}

#[test]
fn kms_is_asked_beside_the_decryptor_for_the_data_key_of_an_expired_entry() {
    let (world, reader, id) = reader();
    world.pass(900_000);
    assert_eq!(reader.get(&id, None).expect_err("expired").code, Code::Unavailable);
    assert_eq!(world.asked(), ["table", "spawn", "kms", "decryptor"]);

    // The key is known now.
    assert_eq!(reader.get(&id, None).expect_err("expired").code, Code::Unavailable);
    assert_eq!(world.asked(), ["table", "spawn", "decryptor"]);
}

#[test]
fn kms_is_not_asked_for_an_expired_entry_if_no_decryptor_is() {
    for on_miss in [OnMiss::Fail, OnMiss::Wait] {
        let (world, reader, id) = reader_with(Behaviour { on_miss, deadline: 0, ..Behaviour::default() });
        world.pass(900_000);
        assert!(reader.get(&id, None).is_err());
        assert!(!world.asked().contains(&"kms"));
    }
}
