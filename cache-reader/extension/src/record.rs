//! Freshness records: they name the tenants whose sealed state still matches the source.

use crate::vouching::{ID_LENGTH, KEY_LENGTH, Malformed, number_at, time_at};
use ring::signature::{ED25519, UnparsedPublicKey};
use std::collections::HashMap;
use std::sync::OnceLock;

const FORMAT: u8 = 1;
const LABEL: &[u8] = b"keepwarm/fresh/1";
const HEAD: usize = 1 + 4 + 8 + 8 + 4;
const MOST_IDS: usize = 16_384;
const MOST_SIGNATURES: usize = 4;
const PROBE_LENGTH: usize = 4 + 8;
const SIGNED: usize = KEY_LENGTH + 64;

/// The decryptor signs this record of one slot after it has compared the slot's tenants with the
/// source. None of it counts unless [`FreshnessRecord::is_signed_by`] holds.
pub struct FreshnessRecord {
    /// A time before the first comparison, in ms since the epoch.
    pub checked_at: i64,
    /// The time until which it vouches.
    pub fresh_until: i64,
    bytes: Vec<u8>,
    ids: usize,
    /// By the index of the id.
    probes: HashMap<usize, u64>,
    /// Where the signatures begin, after their number.
    signatures: usize,
    /// For each signature, whether it is valid; verified once.
    verified: [OnceLock<bool>; MOST_SIGNATURES],
}

impl FreshnessRecord {
    /// Parses the record of a slot; none if it has another format. Fails if it is malformed, or
    /// belongs to another slot.
    pub fn parse(bytes: Vec<u8>, slot: u32) -> Result<Option<FreshnessRecord>, Malformed> {
        if bytes.first().is_some_and(|format| *format != FORMAT) {
            return Ok(None);
        }
        FreshnessRecord::strictly(bytes, slot).map(Some).ok_or(Malformed)
    }

    fn strictly(bytes: Vec<u8>, slot: u32) -> Option<FreshnessRecord> {
        if number_at(&bytes, 1)? != slot {
            return None;
        }
        let (checked_at, fresh_until) = (time_at(&bytes, 5)?, time_at(&bytes, 13)?);
        let ids = number_at(&bytes, 21)? as usize;
        if fresh_until <= checked_at || ids > MOST_IDS {
            return None;
        }
        let ids_end = HEAD + ids * ID_LENGTH;
        let is_ascending = bytes.get(HEAD..ids_end)?.chunks(ID_LENGTH).is_sorted_by(|one, next| one < next);
        let probe_count = number_at(&bytes, ids_end)? as usize;
        if !is_ascending || probe_count > ids {
            return None;
        }
        let body_end = ids_end + 4 + probe_count * PROBE_LENGTH;
        let (mut probes, mut next) = (HashMap::new(), 0);
        for at in (ids_end + 4..body_end).step_by(PROBE_LENGTH) {
            let (index, since) = (number_at(&bytes, at)? as usize, time_at(&bytes, at + 4)?);
            if index < next || index >= ids {
                return None;
            }
            probes.insert(index, since as u64);
            next = index + 1;
        }
        let count = *bytes.get(body_end)? as usize;
        let signatures = body_end + 1;
        if !(1..=MOST_SIGNATURES).contains(&count) || bytes.len() != signatures + count * SIGNED {
            return None;
        }
        let record =
            FreshnessRecord { checked_at, fresh_until, bytes, ids, probes, signatures, verified: Default::default() };
        let mut signers: Vec<&[u8]> = record.signatures().map(|(signer, _)| signer).collect();
        signers.sort_unstable();
        signers.is_sorted_by(|one, next| one < next).then_some(record)
    }

    /// The whole record.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it has a signature of that key, valid or not.
    pub fn names_signer(&self, key: &[u8]) -> bool {
        self.signatures().any(|(signer, _)| signer == key)
    }

    /// Whether that key's signature is valid.
    pub fn is_signed_by(&self, key: &[u8]) -> bool {
        self.signatures().zip(&self.verified).any(|((signer, signature), verified)| {
            signer == key
                && *verified.get_or_init(|| {
                    let message = [LABEL, &self.bytes[..self.signatures - 1]].concat();
                    UnparsedPublicKey::new(&ED25519, signer).verify(&message, signature).is_ok()
                })
        })
    }

    /// Whether it vouches for that id.
    pub fn names(&self, id: &[u8]) -> bool {
        self.index_of(id).is_some()
    }

    /// Since when no reader has reported the tenant as used, if readers are to report it.
    pub fn probe(&self, id: &[u8]) -> Option<u64> {
        self.probes.get(&self.index_of(id)?).copied()
    }

    fn index_of(&self, id: &[u8]) -> Option<usize> {
        let (mut low, mut high) = (0, self.ids);
        while low < high {
            let middle = (low + high) / 2;
            let at = HEAD + middle * ID_LENGTH;
            match self.bytes[at..at + ID_LENGTH].cmp(id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Public keys and signatures.
    fn signatures(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.bytes[self.signatures..].chunks(SIGNED).map(|signed| signed.split_at(KEY_LENGTH))
    }
}
