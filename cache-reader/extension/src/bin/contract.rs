//! The reader behind the runner protocol of cache-reader/contract: any runner of the scenarios can drive it by
//! standard input and output.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keepwarm_extension::clock::{Clock, Deadline, Host, Signal, locked};
use keepwarm_extension::envelope::DataKey;
use keepwarm_extension::error::{Code, Error};
use keepwarm_extension::id::Id;
use keepwarm_extension::json::{Json, Object, parse_object};
use keepwarm_extension::ports::{Ports, Resolve};
use keepwarm_extension::reader::{Behaviour, OnMiss, Reader, Use, Used};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};

thread_local! {
    /// Set when this thread first waits for another, or ends.
    static BEGUN: RefCell<Option<Arc<Signal>>> = const { RefCell::new(None) };
}

/// The runner's two clocks, and the threads of the reader.
#[derive(Default)]
struct Runner {
    wall: AtomicI64,
    elapsed: AtomicI64,
    deadlines: Mutex<Vec<Weak<Deadline>>>,
    busy: Mutex<usize>,
    idle: Condvar,
    requests: AtomicU64,
    replies: Mutex<HashMap<u64, Arc<Reply>>>,
}

#[derive(Default)]
struct Reply {
    came: Arc<Signal>,
    message: Mutex<Option<Object>>,
}

/// The runner as the reader's host and ports.
struct World(Arc<Runner>);

impl Host for World {
    fn now(&self) -> i64 {
        self.0.wall.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> i64 {
        self.0.elapsed.load(Ordering::SeqCst)
    }

    fn is_timed(&self) -> bool {
        false
    }

    fn began(&self, deadline: &Arc<Deadline>) {
        let mut deadlines = locked(&self.0.deadlines);
        deadlines.retain(|deadline| deadline.strong_count() > 0);
        deadlines.push(Arc::downgrade(deadline));
    }

    fn waiting(&self) {
        begun();
    }

    fn spawn(&self, work: Box<dyn FnOnce() + Send>) {
        self.0.start(work);
    }
}

/// Lets the main thread continue, so that threads begin one after the other.
fn begun() {
    if let Some(signal) = BEGUN.with_borrow_mut(Option::take) {
        signal.give();
    }
}

impl Runner {
    /// Runs work in a thread; returns when it waits for something, or has ended.
    fn start(self: &Arc<Self>, work: impl FnOnce() + Send + 'static) {
        *locked(&self.busy) += 1;
        let (runner, signal) = (self.clone(), Arc::new(Signal::default()));
        let theirs = signal.clone();
        std::thread::spawn(move || {
            BEGUN.set(Some(theirs));
            work();
            begun();
            *locked(&runner.busy) -= 1;
            runner.idle.notify_all();
        });
        signal.wait();
    }

    fn settle(&self) {
        let mut busy = locked(&self.busy);
        while *busy > 0 {
            busy = self.idle.wait(busy).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Asks the runner, and waits for its reply.
    fn request(&self, what: &str, about: Value, deadline: Option<&Arc<Deadline>>) -> Result<Object, Error> {
        let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let reply = Arc::new(Reply::default());
        locked(&self.replies).insert(number, reply.clone());
        send(json!({"request": number, what: about}));
        match deadline {
            Some(deadline) => deadline.wait(&reply.came)?,
            None => {
                begun();
                reply.came.wait();
            }
        }
        let message = locked(&reply.message).take().unwrap_or_default();
        match message.get("error").and_then(Json::text) {
            None => Ok(message.get("result").and_then(Json::object).cloned().unwrap_or_default()),
            Some("WRONG_KEY") => Err(Error::wrong_key("told so")),
            Some(name) => {
                let code = Code::ALL.into_iter().find(|code| code.name() == name);
                Err(Error::new(code.unwrap_or(Code::Unavailable), "told so"))
            }
        }
    }

    fn get_item(&self, key: Value, deadline: &Arc<Deadline>) -> Result<Option<Object>, Error> {
        let result = self.request("getItem", key, Some(deadline))?;
        Ok(result.get("item").and_then(Json::object).cloned())
    }
}

impl Ports for World {
    fn read(&self, id: &Id, deadline: &Arc<Deadline>) -> Result<Option<Object>, Error> {
        self.0.get_item(json!({"tenant": id.tenant(), "name": id.name()}), deadline)
    }

    fn read_record(&self, slot: u32, deadline: &Arc<Deadline>) -> Result<Option<Object>, Error> {
        self.0.get_item(json!({"tenant": format!("#{slot}"), "name": "#fresh"}), deadline)
    }

    fn read_tenant(&self, tenant: &str, deadline: &Arc<Deadline>) -> Result<Vec<Object>, Error> {
        let result = self.0.request("query", json!({"tenant": tenant}), Some(deadline))?;
        let items = result.get("items").and_then(Json::array).unwrap_or_default();
        Ok(items.iter().filter_map(|item| item.object().cloned()).collect())
    }

    fn unwrap(&self, tenant: &str, wrapped: &str, deadline: &Arc<Deadline>) -> Result<DataKey, Error> {
        let about = json!({"tenant": tenant, "ciphertext": wrapped});
        let result = self.0.request("decrypt", about, Some(deadline))?;
        let plaintext = result.get("plaintext").and_then(Json::text).unwrap_or_default();
        DataKey::new(&STANDARD.decode(plaintext).unwrap_or_default())
    }

    fn resolve(&self, request: &Resolve, deadline: &Arc<Deadline>) -> Result<Vec<u8>, Error> {
        let about = serde_json::from_str(&request.to_json()).unwrap_or_default();
        let result = self.0.request("resolve", about, Some(deadline))?;
        Ok(result.get("text").and_then(Json::text).unwrap_or_default().into())
    }

    fn publish(&self, kind: &str, detail: &str, deadline: &Arc<Deadline>) -> Result<(), Error> {
        let detail: Value = serde_json::from_str(detail).unwrap_or_default();
        let result = self.0.request("publish", json!({"type": kind, "detail": detail}), Some(deadline))?;
        match result.get("refused") {
            Some(Json::Bool(true)) => Err(Error::new(Code::Unavailable, "the bus refused it")),
            _ => Ok(()),
        }
    }

    fn pause(&self, millis: i64, deadline: &Arc<Deadline>) -> Result<(), Error> {
        self.0.request("pause", json!({"ms": millis}), Some(deadline)).map(|_| ())
    }
}

fn main() {
    let runner = Arc::new(Runner::default());
    let world = Arc::new(World(runner.clone()));
    let mut reader = new_reader(&world, &Object::new());
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let message = parse_object(line.as_bytes()).unwrap_or_default();
        runner.wall.store(number(&message, "wall"), Ordering::SeqCst);
        runner.elapsed.store(number(&message, "elapsed"), Ordering::SeqCst);
        if let Some(settings) = message.get("new").and_then(Json::object) {
            reader = new_reader(&world, settings);
        } else if message.contains_key("deadline") {
            let deadlines = std::mem::take(&mut *locked(&runner.deadlines));
            for deadline in deadlines {
                if let Some(deadline) = deadline.upgrade() {
                    deadline.ring();
                }
            }
        } else if message.contains_key("reply") {
            let reply = locked(&runner.replies).remove(&(number(&message, "reply") as u64));
            if let Some(reply) = reply {
                *locked(&reply.message) = Some(message);
                reply.came.give();
            }
        } else {
            call(&runner, &reader, message);
        }
    }
}

fn new_reader(world: &Arc<World>, settings: &Object) -> Arc<Reader> {
    let usual = Behaviour::default();
    let behaviour = Behaviour {
        near_ttl: settings.get("nearTtl").and_then(Json::whole).map_or(usual.near_ttl, |ms| ms as i64),
        data_key_ttl: settings.get("dataKeyTtl").and_then(Json::whole).map_or(usual.data_key_ttl, |ms| ms as i64),
        on_miss: match settings.get("onMiss").and_then(Json::text) {
            Some("wait") => OnMiss::Wait,
            Some("fail") => OnMiss::Fail,
            _ => OnMiss::Resolve,
        },
        ..usual
    };
    Reader::new(world.clone(), Arc::new(Clock::new(world.clone())), behaviour)
}

fn call(runner: &Arc<Runner>, reader: &Arc<Reader>, message: Object) {
    let call = number(&message, "call");
    if message.contains_key("settle") {
        let runner = runner.clone();
        std::thread::spawn(move || {
            runner.settle();
            send(json!({"ended": call}));
        });
        return;
    }
    let (reader, asked) = (reader.clone(), runner.clone());
    runner.start(move || {
        let end = match run(&asked, &reader, &message, call) {
            Ok(end) => end,
            Err(error) => {
                let mut end = json!({"error": error.code.name()});
                if let Some(failure) = error.failure {
                    end["failure"] = failure.into();
                }
                end
            }
        };
        let mut end = end;
        end["ended"] = call.into();
        send(end);
    });
}

fn run(runner: &Arc<Runner>, reader: &Arc<Reader>, message: &Object, call: i64) -> Result<Value, Error> {
    let Some((verb, about)) = message
        .iter()
        .filter(|(name, _)| !["call", "wall", "elapsed"].contains(&name.as_str()))
        .find_map(|(verb, about)| Some((verb.as_str(), about.object()?)))
    else {
        return Err(Error::new(Code::InvalidConfiguration, "no verb"));
    };
    let part = |name: &str| about.get(name).and_then(Json::text).unwrap_or_default();
    let id = || Id::new(part("tenant"), part("name"));
    Ok(match verb {
        "get" => {
            let found = reader.get(&id()?, None)?;
            json!({"value": text(&found.value), "version": found.version})
        }
        "getAll" => {
            let all = reader.get_all(part("tenant"))?;
            let credentials: HashMap<_, _> =
                all.credentials.iter().map(|(name, found)| (name, text(&found.value))).collect();
            let failures: HashMap<_, _> = all.failures.iter().map(|(name, code)| (name, code.name())).collect();
            json!({"credentials": credentials, "failures": failures})
        }
        "withCredential" => {
            let used = reader.with_credential(&id()?, |given| {
                let about = json!({"call": call, "value": text(&given.value), "version": given.version});
                match runner.request("use", about, None) {
                    Ok(result) if result.get("accepted") == Some(&Json::Bool(true)) => Use::Accepted(()),
                    _ => Use::Rejected,
                }
            })?;
            let is_accepted = matches!(used, Used::Accepted(()));
            json!({"result": if is_accepted { "accepted" } else { "rejected" }})
        }
        "invalidate" => {
            reader.invalidate(&id()?)?;
            json!({})
        }
        "forget" => {
            reader.forget(&id()?);
            json!({})
        }
        "stats" => {
            let counts: HashMap<_, _> = reader.counters().all().into_iter().collect();
            json!({"counts": counts})
        }
        _ => return Err(Error::new(Code::InvalidConfiguration, "an unknown verb")),
    })
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

fn number(message: &Object, name: &str) -> i64 {
    message.get(name).and_then(Json::whole).unwrap_or(0) as i64
}

fn send(message: Value) {
    let mut out = std::io::stdout().lock();
    // A client that has stopped reading does not need it.
    let _ = writeln!(out, "{message}").and_then(|()| out.flush());
}
