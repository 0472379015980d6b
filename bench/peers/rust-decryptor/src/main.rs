//! The decryptor function in Rust; ../README.md describes its requests, responses and variables. A
//! peer for comparison, without any code of Keepwarm.

mod legacy;
mod store;

use std::env;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kms::primitives::Blob;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::{Deserialize, Serialize};

use legacy::LegacyCipher;
use store::{Row, Store};

const SALT: &[u8] = b"Ivan Medvedev";
const ITERATIONS: u32 = 1000;

#[derive(Deserialize)]
#[serde(untagged)]
enum Request {
    Original { ciphertext: String },
    Id { tenant: String, name: String },
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Value(String),
    State(&'static str),
}

struct Decryptor {
    dynamo_db: aws_sdk_dynamodb::Client,
    source: String,
    cipher: LegacyCipher,
    store: Option<Store>,
}

impl Decryptor {
    /// Made once per process: unwraps the passphrase and derives the key.
    async fn from_environment() -> Result<Self, Error> {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let dynamo_db = aws_sdk_dynamodb::Client::new(&config);
        let kms = aws_sdk_kms::Client::new(&config);
        let passphrase = kms
            .decrypt()
            .key_id(env::var("KEEPWARM_KMS_KEY")?)
            .ciphertext_blob(Blob::new(STANDARD.decode(env::var("BENCH_PASSPHRASE")?)?))
            .encryption_context("keepwarm", "1")
            .encryption_context("profile", env::var("BENCH_PROFILE")?)
            .send()
            .await?
            .plaintext
            .ok_or("KMS answered no passphrase")?;
        let store = if env::var("BENCH_STORE").is_ok_and(|value| value == "true") {
            Some(Store {
                kms,
                key: env::var("KEEPWARM_KMS_KEY")?,
                dynamo_db: dynamo_db.clone(),
                table: env::var("KEEPWARM_CACHE_TABLE")?,
            })
        } else {
            None
        };
        Ok(Self {
            dynamo_db,
            source: env::var("KEEPWARM_SOURCE_TABLE")?,
            cipher: LegacyCipher::new(passphrase.as_ref(), SALT, ITERATIONS),
            store,
        })
    }

    async fn answer(&self, request: Request) -> Result<Answer, Error> {
        match request {
            Request::Original { ciphertext } => {
                Ok(Answer::Value(self.cipher.decrypt(&ciphertext)?))
            }
            Request::Id { tenant, name } => self.answer_by_id(&tenant, &name).await,
        }
    }

    async fn answer_by_id(&self, tenant: &str, name: &str) -> Result<Answer, Error> {
        let (ciphertext, version) = self.read(tenant, name).await?;
        let value = self.cipher.decrypt(&ciphertext)?;
        let Some(store) = &self.store else {
            return Ok(Answer::Value(value));
        };
        let row = Row {
            tenant,
            name,
            version,
        };
        store.put(&row, &value).await?;
        Ok(Answer::State("READY"))
    }

    async fn read(&self, tenant: &str, name: &str) -> Result<(String, u64), Error> {
        let mut item = self
            .dynamo_db
            .get_item()
            .table_name(&self.source)
            .key("tenant", AttributeValue::S(tenant.to_owned()))
            .key("name", AttributeValue::S(name.to_owned()))
            .consistent_read(true)
            .send()
            .await?
            .item
            .ok_or("there is no such credential")?;
        match (item.remove("ciphertext"), item.remove("version")) {
            (Some(AttributeValue::S(ciphertext)), Some(AttributeValue::N(version))) => {
                Ok((ciphertext, version.parse()?))
            }
            _ => Err("the credential's row is malformed".into()),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let decryptor = Decryptor::from_environment().await?;
    run(service_fn(|event: LambdaEvent<Request>| {
        decryptor.answer(event.payload)
    }))
    .await
}
