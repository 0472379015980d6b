//! The .NET helper's cipher: AES-256-CBC of UTF-16, key and IV from one `Rfc2898DeriveBytes` (PBKDF2
//! with HMAC-SHA1), in base64.

use aes::Aes256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockDecryptMut, KeyIvInit};
use sha1::Sha1;

const KEY: usize = 32;
const IV: usize = 16;

/// A value that does not decode.
#[derive(Debug, PartialEq)]
pub struct Undecodable;

impl std::fmt::Display for Undecodable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the value does not decode")
    }
}

impl std::error::Error for Undecodable {}

/// The cipher of one passphrase. Its key is derived once.
pub struct LegacyCipher {
    key: [u8; KEY],
    iv: [u8; IV],
}

impl LegacyCipher {
    /// Derives the key and the IV.
    pub fn new(passphrase: &[u8], salt: &[u8], iterations: u32) -> Self {
        let bytes = pbkdf2::pbkdf2_hmac_array::<Sha1, { KEY + IV }>(passphrase, salt, iterations);
        let mut cipher = Self {
            key: [0; KEY],
            iv: [0; IV],
        };
        cipher.key.copy_from_slice(&bytes[..KEY]);
        cipher.iv.copy_from_slice(&bytes[KEY..]);
        cipher
    }

    /// Decrypts a stored value.
    pub fn decrypt(&self, ciphertext: &str) -> Result<String, Undecodable> {
        let bytes = STANDARD.decode(ciphertext).map_err(|_| Undecodable)?;
        let plaintext = cbc::Decryptor::<Aes256>::new(&self.key.into(), &self.iv.into())
            .decrypt_padded_vec_mut::<Pkcs7>(&bytes)
            .map_err(|_| Undecodable)?;
        utf16(&plaintext)
    }
}

fn utf16(bytes: &[u8]) -> Result<String, Undecodable> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Undecodable);
    }
    let units: Vec<u16> = pairs.iter().copied().map(u16::from_le_bytes).collect();
    String::from_utf16(&units).map_err(|_| Undecodable)
}

/// Keepwarm's decryptor is tested with the same vectors.
#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use serde_json::value::RawValue;
    use std::path::Path;

    /// Only the vectors of this cipher: others have different key sizes, hashes and texts.
    fn vectors(file: &str) -> Vec<Value> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../decryptor/src/test/resources/vectors/dotnet-legacy")
            .join(file);
        let json = std::fs::read_to_string(path).expect("the vectors");
        let all: Vec<&RawValue> = serde_json::from_str(&json).expect("JSON");
        let of_cipher: Vec<Value> = all
            .into_iter()
            // Without those with half a surrogate pair, which a Rust string cannot contain.
            .filter_map(|vector| serde_json::from_str(vector.get()).ok())
            .filter(|vector: &Value| {
                let parameters = &vector["parameters"];
                parameters["keySizeBits"] == 256
                    && parameters["kdfHash"] == "SHA1"
                    && parameters["plaintextEncoding"] == "utf-16le"
                    && parameters["ciphertextEncoding"] == "base64"
                    && parameters["preDecode"] == "none"
            })
            .collect();
        assert!(of_cipher.len() > 20, "{file} has too few");
        of_cipher
    }

    fn decrypted(vector: &Value) -> Result<String, Undecodable> {
        let parameters = &vector["parameters"];
        let salt: Vec<u8> = text(&parameters["saltHex"])
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        LegacyCipher::new(
            text(&parameters["passphrase"]).as_bytes(),
            &salt,
            parameters["iterations"].as_u64().unwrap() as u32,
        )
        .decrypt(text(&vector["ciphertext"]))
    }

    fn text(value: &Value) -> &str {
        value.as_str().expect("a text")
    }

    #[test]
    fn decrypts_what_dotnet_encrypted() {
        for vector in vectors("aes-cbc-rfc2898-derived-iv.json") {
            assert_eq!(
                decrypted(&vector).as_deref(),
                Ok(text(&vector["plaintext"])),
                "{}",
                vector["id"]
            );
        }
    }

    #[test]
    fn never_decrypts_to_what_dotnet_did_not() {
        for vector in vectors("aes-cbc-rfc2898-derived-iv.negative.json") {
            if let Ok(plaintext) = decrypted(&vector) {
                assert_eq!(vector["expect"], "undetectable", "{}", vector["id"]);
                assert_eq!(
                    plaintext,
                    text(&vector["dotnet"]["text"]),
                    "{}",
                    vector["id"]
                );
            }
        }
    }
}
