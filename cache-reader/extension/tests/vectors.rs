//! The golden vectors of cache-reader/contract.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keepwarm_extension::entry::{Entry, Reading, Sealed, State, entry_of, reading_of_answer};
use keepwarm_extension::envelope::{DataKey, authenticated_of, unseal};
use keepwarm_extension::error::Code;
use keepwarm_extension::id::Id;
use keepwarm_extension::json::{Json, Object, parse_object};
use keepwarm_extension::record::FreshnessRecord;
use keepwarm_extension::vouching::{Malformed, Vouching};
use std::collections::HashSet;

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

fn sealed_of(vector: &Object) -> Sealed {
    let number = |name: &str| vector[name].whole().expect(name);
    Sealed {
        version: number("version"),
        envelope: hex(text(vector, "envelopeHex")),
        data_key: String::new(),
        sealed_at: number("sealedAt") as i64,
        soft_expires_at: number("softExpiresAt") as i64,
        hard_expires_at: number("hardExpiresAt") as i64,
        vouching: vector.get("vouchingHex").map(|_| vouching_of(vector).expect("bytes").expect("of this format")),
    }
}

fn id_of(vector: &Object) -> Id {
    Id::new(text(vector, "tenant"), text(vector, "name")).expect("an id")
}

fn unsealed(vector: &Object) -> Result<Vec<u8>, Code> {
    let key = DataKey::new(&hex(text(vector, "dataKeyHex"))).map_err(|error| error.code)?;
    unseal(&key, &id_of(vector), &sealed_of(vector)).map(|value| value.to_vec()).map_err(|error| error.code)
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
            let vouching = sealed.vouching.as_ref();
            assert_eq!(vouching.is_some(), of.contains_key("vouching"), "{id}");
            if let (Some(vouching), Some(of)) = (vouching, of.get("vouching").and_then(Json::object)) {
                assert_eq!(vouching.sealed_until as u64, whole(of, "sealedUntil"), "{id}");
                assert_eq!(u64::from(vouching.slot), whole(of, "slot"), "{id}");
                assert_eq!(STANDARD.encode(vouching.id()), text(of, "id"), "{id}");
                assert_eq!(STANDARD.encode(vouching.signer()), text(of, "signer"), "{id}");
            }
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

fn vouching_of(vector: &Object) -> Result<Option<Vouching>, Malformed> {
    Vouching::parse(&hex(text(vector, "vouchingHex")))
}

fn record_of(vector: &Object) -> Result<Option<FreshnessRecord>, Malformed> {
    FreshnessRecord::parse(hex(text(vector, "recordHex")), vector["slot"].whole().expect("a slot") as u32)
}

/// Runs `check` with each vector of one array of the freshness vectors.
fn freshness(array: &str, mut check: impl FnMut(&Object, &str)) {
    let vectors = vectors("freshness-vectors.json");
    all(&vectors, array).into_iter().for_each(|vector| check(vector, text(vector, "id")));
}

/// The public keys of a record's signers.
fn signers_of(vector: &Object, id: &str) -> Vec<Vec<u8>> {
    use ring::signature::{Ed25519KeyPair, KeyPair};
    let seeds = vector["seedsHex"].array().expect(id).iter().filter_map(Json::text);
    seeds
        .map(|seed| Ed25519KeyPair::from_seed_unchecked(&hex(seed)).expect(id).public_key().as_ref().to_vec())
        .collect()
}

#[test]
fn says_who_may_vouch_as_others_do() {
    freshness("vouching", |vector, id| {
        let sealed = sealed_of(vector);
        let vouching = sealed.vouching.as_ref().expect(id);
        assert_eq!(vouching.sealed_until as u64, vector["sealedUntil"].whole().expect(id), "{id}");
        assert_eq!(u64::from(vouching.slot), vector["slot"].whole().expect(id), "{id}");
        assert_eq!(vouching.id(), hex(text(vector, "vouchIdHex")), "{id}");
        assert_eq!(vouching.signer(), hex(text(vector, "signerHex")), "{id}");
        let aad = authenticated_of(&id_of(vector), &sealed, vouching.head());
        assert_eq!(aad, hex(text(vector, "aadHex")), "{id}");
        assert_eq!(unsealed(vector), Ok(b"secret".to_vec()), "{id}");
    });
    freshness("vouchingTampered", |vector, id| assert_eq!(unsealed(vector), Err(Code::Tampered), "{id}"));
    freshness("vouchingMalformed", |vector, id| assert_eq!(vouching_of(vector).err(), Some(Malformed), "{id}"));
    freshness("vouchingUnknown", |vector, id| assert!(vouching_of(vector).expect(id).is_none(), "{id}"));
}

#[test]
fn reads_the_records_that_others_signed() {
    freshness("records", |vector, id| {
        let record = record_of(vector).expect(id).expect(id);
        assert_eq!(record.checked_at as u64, vector["checkedAt"].whole().expect(id), "{id}");
        assert_eq!(record.fresh_until as u64, vector["freshUntil"].whole().expect(id), "{id}");
        for named in vector["named"].array().expect(id).iter().filter_map(Json::object) {
            let named_id = hex(text(named, "idHex"));
            assert!(record.names(&named_id), "{id}");
            assert_eq!(record.probe(&named_id), named.get("probe").and_then(Json::whole), "{id}");
        }
        assert!(!record.names(&[0; 12]), "{id}");
        assert_eq!(record.probe(&[0; 12]), None, "{id}");
        for key in signers_of(vector, id) {
            assert!(record.names_signer(&key), "{id}");
            assert!(record.is_signed_by(&key), "{id}");
        }
    });
}

#[test]
fn refuses_malformed_and_unsigned_records() {
    freshness("recordsRefused", |vector, id| assert_eq!(record_of(vector).err(), Some(Malformed), "{id}"));
    freshness("recordsUnknown", |vector, id| assert!(record_of(vector).expect(id).is_none(), "{id}"));
    freshness("recordsUnsigned", |vector, id| {
        let record = record_of(vector).expect(id).expect(id);
        assert!(!record.is_signed_by(&hex(text(vector, "signerHex"))), "{id}");
    });
}

/// Numbers that are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % most
    }
}

/// The signed part of a record with these contents.
fn body_of(slot: u32, record: &FreshnessRecord, ids: &[&[u8]]) -> Vec<u8> {
    let probes: Vec<_> = ids.iter().enumerate().filter_map(|(at, id)| Some((at, record.probe(id)?))).collect();
    let mut body = vec![1];
    body.extend(slot.to_be_bytes());
    body.extend(record.checked_at.to_be_bytes());
    body.extend(record.fresh_until.to_be_bytes());
    body.extend((ids.len() as u32).to_be_bytes());
    ids.iter().for_each(|id| body.extend(*id));
    body.extend((probes.len() as u32).to_be_bytes());
    for (at, since) in probes {
        body.extend((at as u32).to_be_bytes());
        body.extend(since.to_be_bytes());
    }
    body
}

#[test]
fn a_content_has_one_form_and_changed_bytes_are_not_signed() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut read = 0;
    freshness("records", |vector, id| {
        let usual = hex(text(vector, "recordHex"));
        let slot = vector["slot"].whole().expect(id) as u32;
        let keys = signers_of(vector, id);
        for _ in 0..500 {
            let mut bytes = usual.clone();
            for _ in 0..=numbers.below(2) {
                let at = numbers.below(bytes.len().max(1));
                match numbers.below(7) {
                    0 => bytes.truncate(at),
                    1 => bytes.resize(bytes.len() + 1 + numbers.below(200), 0),
                    2 if at + 4 <= bytes.len() => {
                        bytes[at..at + 4].copy_from_slice(&(numbers.below(20_000) as u32).to_be_bytes());
                    }
                    // An id or a probe in place of another.
                    3 => {
                        let from = 25 + 4 * numbers.below(2) + 12 * numbers.below(4);
                        if from + 24 <= bytes.len() {
                            bytes.copy_within(from..from + 12, from + 12);
                        }
                    }
                    // Signed twice by one key.
                    4 if bytes.len() > 97 => {
                        let last = bytes.len() - 96;
                        bytes[last - 1] = 2;
                        bytes.extend_from_within(last..);
                    }
                    _ if at < bytes.len() => bytes[at] ^= numbers.below(256) as u8,
                    _ => {}
                }
            }
            let Ok(Some(record)) = FreshnessRecord::parse(bytes.clone(), slot) else { continue };
            read += 1;
            let count = u32::from_be_bytes(bytes[21..25].try_into().expect(id)) as usize;
            let ids: Vec<&[u8]> = bytes[25..25 + 12 * count].chunks(12).collect();
            assert!(ids.iter().all(|each| record.names(each)), "{id}");
            let body = body_of(slot, &record, &ids);
            assert_eq!(bytes[..body.len()], body, "{id}");
            let signatures = bytes[body.len()] as usize;
            assert!((1..=4).contains(&signatures), "{id}");
            assert_eq!(bytes.len(), body.len() + 1 + signatures * 96, "{id}");
            let signers: HashSet<&[u8]> = bytes[body.len() + 1..].chunks(96).map(|signed| &signed[..32]).collect();
            assert_eq!(signers.len(), signatures, "{id}");
            if bytes[..body.len()] != usual[..body.len()] {
                assert!(!keys.iter().any(|key| record.is_signed_by(key)), "{id}");
            }
        }
    });
    assert!(read > 200, "{read}");
}
