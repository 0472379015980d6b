//! Which record may vouch for an entry past its hard expiry: format 2 of the wire format.

use crate::entry::MAX_NUMBER;
use std::ops::Range;

/// How many bytes the id of a tenant's sealed state has.
pub const ID_LENGTH: usize = 12;

/// How many bytes a public key has.
pub const KEY_LENGTH: usize = 32;

const FORMAT: u8 = 2;
const HEAD: usize = 1 + 8 + 4 + ID_LENGTH + KEY_LENGTH;
const LENGTH: usize = HEAD + 12 + 16;

/// The error for malformed bytes of a known format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Which record may vouch for an entry, and until when. The envelope's key authenticates it
/// together with the entry.
#[derive(Clone, Debug)]
pub struct Vouching {
    bytes: [u8; LENGTH],
    /// From this time on the entry must not be used, even if a record vouches for it. In ms since
    /// the epoch.
    pub sealed_until: i64,
    /// The slot whose record may vouch.
    pub slot: u32,
}

impl Vouching {
    /// Parses the bytes in an item; none if they have another format.
    pub fn parse(bytes: &[u8]) -> Result<Option<Vouching>, Malformed> {
        if bytes.first() != Some(&FORMAT) {
            return Ok(None);
        }
        let bytes: [u8; LENGTH] = bytes.try_into().map_err(|_| Malformed)?;
        let sealed_until = time_at(&bytes, 1).ok_or(Malformed)?;
        match number_at(&bytes, 9) {
            Some(slot) if slot <= i32::MAX as u32 => Ok(Some(Vouching { bytes, sealed_until, slot })),
            _ => Err(Malformed),
        }
    }

    /// How the record names the tenant's sealed state.
    pub fn id(&self) -> &[u8] {
        &self.bytes[13..13 + ID_LENGTH]
    }

    /// The Ed25519 public key whose signature counts.
    pub fn signer(&self) -> &[u8] {
        &self.bytes[HEAD - KEY_LENGTH..HEAD]
    }

    /// All fields but the proof, as they are authenticated.
    pub fn head(&self) -> &[u8] {
        &self.bytes[..HEAD]
    }

    /// The nonce of 12 bytes, and the tag.
    pub fn proof(&self) -> (&[u8], &[u8]) {
        self.bytes[HEAD..].split_at(12)
    }
}

/// The number in 4 bytes at an offset; none if there are fewer bytes.
pub fn number_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(range(at, 4))?.try_into().ok()?))
}

/// The time in 8 bytes at an offset; none if it is out of range, or there are fewer bytes.
pub fn time_at(bytes: &[u8], at: usize) -> Option<i64> {
    let time = u64::from_be_bytes(bytes.get(range(at, 8))?.try_into().ok()?);
    (time <= MAX_NUMBER).then_some(time as i64)
}

fn range(at: usize, length: usize) -> Range<usize> {
    at..at + length
}
