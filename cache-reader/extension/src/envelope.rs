//! The envelope: AES-256-GCM with the id and the times as additional authenticated data. Format 2
//! does not change it, and authenticates the vouching data under the same key.

use crate::entry::Sealed;
use crate::error::{Code, Error};
use crate::id::Id;
use crate::vouching::Vouching;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

const FORMAT: u8 = 1;
const HEAD: usize = 13;
const TAG: usize = 16;

/// A data key, ready to unseal with.
pub struct DataKey(LessSafeKey);

impl DataKey {
    /// Takes the 32 bytes of a key. Fails with `TAMPERED` if there are more or fewer.
    pub fn new(bytes: &[u8]) -> Result<DataKey, Error> {
        match UnboundKey::new(&AES_256_GCM, bytes) {
            Ok(key) => Ok(DataKey(LessSafeKey::new(key))),
            Err(_) => Err(Error::new(Code::Tampered, "a data key does not have 32 bytes")),
        }
    }
}

/// Returns the plaintext of a sealed credential. It must be that of `id`, whatever the item says.
/// Fails with `TAMPERED` if anything that the envelope covers was changed.
pub fn unseal(key: &DataKey, id: &Id, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, Error> {
    let envelope = &sealed.envelope;
    let tampered = || Error::new(Code::Tampered, format!("the entry of {} cannot be unsealed", id.key()));
    if envelope.len() < HEAD + TAG || envelope[0] != FORMAT {
        return Err(tampered());
    }
    let nonce = Nonce::try_assume_unique_for_key(&envelope[1..HEAD]).map_err(|_| tampered())?;
    let mut content = Zeroizing::new(envelope[HEAD..].to_vec());
    let aad = Aad::from(authenticated(id, sealed));
    let length = key.0.open_in_place(nonce, aad, &mut content).map_err(|_| tampered())?.len();
    content.truncate(length);
    match &sealed.vouching {
        Some(vouching) if !is_authentic(key, id, sealed, vouching) => Err(tampered()),
        _ => Ok(content),
    }
}

/// Whether the vouching data is unchanged, and belongs to this entry.
fn is_authentic(key: &DataKey, id: &Id, sealed: &Sealed, vouching: &Vouching) -> bool {
    let (nonce, tag) = vouching.proof();
    let aad = Aad::from(authenticated_of(id, sealed, vouching.head()));
    Nonce::try_assume_unique_for_key(nonce)
        .is_ok_and(|nonce| key.0.open_in_place(nonce, aad, &mut tag.to_vec()).is_ok())
}

/// The additional authenticated data of the envelope.
fn authenticated(id: &Id, sealed: &Sealed) -> Vec<u8> {
    fields(b"keepwarm/1", id, sealed, &[])
}

/// The additional authenticated data of the vouching data, which begins with `head`.
pub fn authenticated_of(id: &Id, sealed: &Sealed, head: &[u8]) -> Vec<u8> {
    fields(b"keepwarm/2", id, sealed, &[head, &sealed.envelope])
}

/// Each field after its length in 4 bytes, numbers in 8, all big endian.
fn fields(label: &[u8], id: &Id, sealed: &Sealed, others: &[&[u8]]) -> Vec<u8> {
    let length: usize = others.iter().map(|other| 4 + other.len()).sum();
    let mut data = Vec::with_capacity(80 + id.tenant().len() + id.name().len() + length);
    let mut add = |field: &[u8]| {
        data.extend_from_slice(&(field.len() as u32).to_be_bytes());
        data.extend_from_slice(field);
    };
    add(label);
    add(id.tenant().as_bytes());
    add(id.name().as_bytes());
    add(&sealed.version.to_be_bytes());
    for time in [sealed.sealed_at, sealed.soft_expires_at, sealed.hard_expires_at] {
        add(&time.to_be_bytes());
    }
    for other in others {
        add(other);
    }
    data
}
