//! The golden vectors of cache-reader/contract.

use keepwarm_extension::entry::{Entry, Reading, Sealed, State, entry_of, reading_of_answer};
use keepwarm_extension::envelope::{DataKey, unseal};
use keepwarm_extension::error::Code;
use keepwarm_extension::id::Id;
use keepwarm_extension::json::{Json, Object, parse_object};

fn vectors(file: &str) -> Object {
    let path = format!("{}/../contract/{file}", env!("CARGO_MANIFEST_DIR"));
    parse_object(&std::fs::read(path).expect(file)).expect(file)
}

fn all<'a>(vectors: &'a Object, name: &str) -> Vec<&'a Object> {
    let all: Vec<_> = vectors[name].array().expect(name).iter().filter_map(Json::object).collect();
    assert!(!all.is_empty(), "{name}");
    all
}

fn text<'a>(vector: &'a Object, name: &str) -> &'a str {
    vector[name].text().expect(name)
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("digits");
    (0..text.len()).step_by(2).map(digit).collect()
}

fn unsealed(vector: &Object) -> Result<Vec<u8>, Code> {
    let number = |name: &str| vector[name].whole().expect(name);
    let sealed = Sealed {
        version: number("version"),
        envelope: hex(text(vector, "envelopeHex")),
        data_key: String::new(),
        sealed_at: number("sealedAt") as i64,
        soft_expires_at: number("softExpiresAt") as i64,
        hard_expires_at: number("hardExpiresAt") as i64,
    };
    let id = Id::new(text(vector, "tenant"), text(vector, "name")).expect("an id");
    let key = DataKey::new(&hex(text(vector, "dataKeyHex"))).map_err(|error| error.code)?;
    unseal(&key, &id, &sealed).map(|value| value.to_vec()).map_err(|error| error.code)
}

#[test]
fn unseals_what_others_sealed() {
    for file in ["envelope-vectors.json", "envelope-vectors-node.json"] {
        let vectors = vectors(file);
        for vector in all(&vectors, "sealed") {
            let plaintext = match vector.get("plaintextRepeat").and_then(Json::object) {
                Some(repeat) => {
                    hex(text(repeat, "byteHex")).repeat(repeat["length"].whole().expect("a length") as usize)
                }
                None => hex(text(vector, "plaintextHex")),
            };
            assert_eq!(unsealed(vector), Ok(plaintext), "{}", text(vector, "id"));
        }
    }
}

#[test]
fn refuses_what_was_tampered_with() {
    let vectors = vectors("envelope-vectors.json");
    for vector in all(&vectors, "tampered") {
        assert_eq!(unsealed(vector), Err(Code::Tampered), "{}", text(vector, "id"));
    }
    assert_eq!(DataKey::new(&[0; 31]).err().map(|error| error.code), Some(Code::Tampered));
}

#[test]
fn reads_items_as_others_write_them() {
    let vectors = vectors("item-vectors.json");
    for vector in [all(&vectors, "written"), all(&vectors, "read")].concat() {
        let id = text(vector, "id");
        let entry = entry_of(vector["item"].object().expect(id)).expect(id);
        check(&entry, vector["entry"].object().expect(id), id);
    }
}

fn check(entry: &Entry, expected: &Object, id: &str) {
    assert_eq!(entry.id.tenant(), text(expected, "tenant"), "{id}");
    assert_eq!(entry.id.name(), text(expected, "name"), "{id}");
    let whole = |object: &Object, name: &str| object[name].whole().expect(name);
    match &entry.state {
        State::Ready { sealed, written, .. } => {
            let of = expected["sealed"].object().expect(id);
            assert_eq!(text(expected, "state"), "READY", "{id}");
            assert_eq!(sealed.version, whole(expected, "version"), "{id}");
            assert_eq!(sealed.sealed_at as u64, whole(of, "sealedAt"), "{id}");
            assert_eq!(sealed.soft_expires_at as u64, whole(of, "softExpiresAt"), "{id}");
            assert_eq!(sealed.hard_expires_at as u64, whole(of, "hardExpiresAt"), "{id}");
            assert_eq!(written.siblings, whole(expected, "siblings"), "{id}");
        }
        State::Failed { failure, retry_at, written } => {
            let of = expected["failure"].object().expect(id);
            assert_eq!(text(expected, "state"), "FAILED", "{id}");
            assert_eq!(failure, text(of, "code"), "{id}");
            assert_eq!(*retry_at as u64, whole(of, "retryAt"), "{id}");
            assert_eq!(written.siblings, whole(expected, "siblings"), "{id}");
        }
        State::Invalid { revoked_until } => {
            assert_eq!(text(expected, "state"), "INVALID", "{id}");
            let revocation = expected["revocation"].object();
            let until = revocation.map(|of| of.get("retryAt").and_then(Json::whole).unwrap_or(0) as i64);
            assert_eq!(*revoked_until, until, "{id}");
        }
    }
}

#[test]
fn refuses_malformed_items_and_names_the_attribute() {
    let vectors = vectors("item-vectors.json");
    for vector in all(&vectors, "malformed") {
        let (id, attribute) = (text(vector, "id"), text(vector, "attribute"));
        let error = entry_of(vector["item"].object().expect(id)).expect_err(id);
        assert_eq!(error.code, Code::Tampered, "{id}");
        assert!(error.message.contains(attribute), "{id}: {error}");
    }
}

#[test]
fn nothing_is_live_at_its_hard_expiry() {
    let vectors = vectors("item-vectors.json");
    let entry = entry_of(all(&vectors, "written")[0]["item"].object().expect("an item")).expect("an entry");
    assert!(matches!(reading_of_answer(Some(&entry), 1_767_226_499_999), Reading::Live(_)));
    assert!(matches!(reading_of_answer(Some(&entry), 1_767_226_500_000), Reading::Missing));
}
