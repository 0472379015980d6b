//! Seals credentials and stores them in the format of docs/wire-format.md, so that Keepwarm's
//! reader can read them.

use std::time::{Duration, SystemTime};

use aes_gcm::aead::{Aead, AeadCore, KeyInit, OsRng, Payload};
use aes_gcm::{Aes256Gcm, Key};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kms::types::DataKeySpec;
use lambda_runtime::Error;

const HARD: Duration = Duration::from_secs(15 * 60);
const SOFT: Duration = Duration::from_secs(15 * 60 / 6);
const KEPT: Duration = Duration::from_secs(60 * 60);

/// The cache table, and the key of the data keys.
pub struct Store {
    pub kms: aws_sdk_kms::Client,
    pub key: String,
    pub dynamo_db: aws_sdk_dynamodb::Client,
    pub table: String,
}

/// The credential whose value is stored.
pub struct Row<'a> {
    pub tenant: &'a str,
    pub name: &'a str,
    pub version: u64,
}

/// The times of an entry, in milliseconds since 1970.
struct Times {
    sealed_at: u64,
    soft_expires_at: u64,
    hard_expires_at: u64,
}

impl Store {
    /// Seals a value under a new data key and puts it, unless there is a newer one.
    pub async fn put(&self, row: &Row<'_>, value: &str) -> Result<(), Error> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let made = self
            .kms
            .generate_data_key()
            .key_id(&self.key)
            .key_spec(DataKeySpec::Aes256)
            .encryption_context("keepwarm", "1")
            .encryption_context("tenant", row.tenant)
            .send()
            .await?;
        let data_key = made.plaintext.ok_or("KMS answered no data key")?;
        let wrapped = made.ciphertext_blob.ok_or("KMS answered no wrapped key")?;
        let times = Times {
            sealed_at: millis(now),
            soft_expires_at: millis(now + SOFT),
            hard_expires_at: millis(now + HARD),
        };
        let sealed = seal(data_key.as_ref(), row, &times, value)?;
        let version = number(row.version);
        self.dynamo_db
            .put_item()
            .table_name(&self.table)
            .item("tenant", text(row.tenant))
            .item("name", text(row.name))
            .item("state", text("READY"))
            .item("fence", number(0))
            .item("version", version.clone())
            .item("sealed", AttributeValue::B(Blob::new(sealed)))
            .item("dataKey", AttributeValue::B(Blob::new(wrapped)))
            .item("dataKeyCreatedAt", number(times.sealed_at))
            .item("sealedAt", number(times.sealed_at))
            .item("softExpiresAt", number(times.soft_expires_at))
            .item("hardExpiresAt", number(times.hard_expires_at))
            .item("siblings", number(1))
            .item("ttl", number((now + HARD + KEPT).as_secs() + 1))
            .condition_expression(
                "attribute_not_exists(#tenant) OR (#fence = :fence AND #version <= :version)",
            )
            .expression_attribute_names("#tenant", "tenant")
            .expression_attribute_names("#fence", "fence")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":fence", number(0))
            .expression_attribute_values(":version", version)
            .send()
            .await?;
        Ok(())
    }
}

fn seal(data_key: &[u8], row: &Row<'_>, times: &Times, value: &str) -> Result<Vec<u8>, Error> {
    if data_key.len() != 32 {
        return Err("a data key is 32 bytes".into());
    }
    let nonce = Aes256Gcm::generate_nonce(&mut OsRng);
    let ciphertext = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(data_key))
        .encrypt(
            &nonce,
            Payload {
                msg: value.as_bytes(),
                aad: &authenticated(row, times),
            },
        )
        .map_err(|_| "the value cannot be sealed")?;
    let mut envelope = Vec::with_capacity(1 + nonce.len() + ciphertext.len());
    envelope.push(1);
    envelope.extend_from_slice(&nonce);
    envelope.extend_from_slice(&ciphertext);
    Ok(envelope)
}

fn authenticated(row: &Row<'_>, times: &Times) -> Vec<u8> {
    let mut data = Vec::new();
    for part in ["keepwarm/1", row.tenant, row.name] {
        data.extend_from_slice(&(part.len() as u32).to_be_bytes());
        data.extend_from_slice(part.as_bytes());
    }
    for number in [
        row.version,
        times.sealed_at,
        times.soft_expires_at,
        times.hard_expires_at,
    ] {
        data.extend_from_slice(&8u32.to_be_bytes());
        data.extend_from_slice(&number.to_be_bytes());
    }
    data
}

fn millis(since_1970: Duration) -> u64 {
    since_1970.as_millis() as u64
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of docs/wire-format.md.
    #[test]
    fn authenticates_what_the_wire_format_says() {
        let row = Row {
            tenant: "acme",
            name: "db/main",
            version: 7,
        };
        let times = Times {
            sealed_at: 1_767_225_600_000,
            soft_expires_at: 1_767_225_750_000,
            hard_expires_at: 1_767_226_500_000,
        };
        let hex: String = authenticated(&row, &times)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            hex,
            concat!(
                "0000000a6b6565707761726d2f31",
                "0000000461636d65",
                "0000000764622f6d61696e",
                "000000080000000000000007",
                "000000080000019b76daa800",
                "000000080000019b76dcf1f0",
                "000000080000019b76e863a0",
            )
        );
    }
}
