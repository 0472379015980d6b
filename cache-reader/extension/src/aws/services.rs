//! The table, the key, the decryptor and the bus in AWS.

use super::client::{AwsClient, AwsError, Failed, Operation};
use super::endpoints::{Service, Url};
use super::sigv4::encode_segment;
use crate::clock::Deadline;
use crate::envelope::DataKey;
use crate::error::{Code, Error};
use crate::id::Id;
use crate::json::{Json, Object, field, parse_object};
use crate::ports::{Ports, Resolve};
use crate::settings::Settings;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A reader's ports to AWS.
pub struct Aws {
    client: Arc<AwsClient>,
    settings: Settings,
}

impl Aws {
    /// Connects to everything that the settings name.
    pub fn new(client: Arc<AwsClient>, settings: Settings) -> Aws {
        Aws { client, settings }
    }

    fn endpoint(&self, service: Service) -> &Url {
        match service {
            Service::DynamoDb => &self.settings.endpoints[0],
            Service::Kms => &self.settings.endpoints[1],
            Service::Lambda => &self.settings.endpoints[2],
            Service::Events => &self.settings.endpoints[3],
        }
    }

    /// Calls an operation of a service that takes JSON, and the operation's name in a header.
    fn call_json<T>(
        &self,
        (service, target, version): (Service, &str, &str),
        input: &serde_json::Value,
        deadline: &Arc<Deadline>,
        parse: impl Fn(&Object) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        let kind = format!("application/x-amz-json-{version}");
        let operation = Operation {
            service,
            endpoint: self.endpoint(service),
            path: "/",
            headers: &[("content-type", &kind), ("x-amz-target", target)],
            body: &input.to_string(),
            attempt_timeout: self.settings.attempt_timeout,
        };
        self.client.call(&operation, deadline, |response| {
            // Usually a truncated response: the call is retried.
            let answer = parse_object(&response.body).ok_or_else(|| Failed::Aws(AwsError::unexpected()))?;
            parse(&answer)
        })
    }

    fn get_item(
        &self,
        tenant: &str,
        name: &str,
        consistent: bool,
        deadline: &Arc<Deadline>,
    ) -> Result<Option<Object>, Error> {
        let input = json!({
            "TableName": self.settings.cache_table,
            "ConsistentRead": consistent,
            "Key": {"tenant": {"S": tenant}, "name": {"S": name}},
        });
        let operation = (Service::DynamoDb, "DynamoDB_20120810.GetItem", "1.0");
        self.call_json(operation, &input, deadline, |answer| match field(answer, "Item") {
            None => Ok(None),
            Some(item) => item.object().cloned().map(Some).ok_or_else(unexpected),
        })
        .map_err(|failed| self.read_failed(failed))
    }

    fn read_failed(&self, failed: Failed) -> Error {
        self.client.translate(&format!("cannot read table {}", self.settings.cache_table), failed)
    }
}

const UNWRAP: (Service, &str, &str) = (Service::Kms, "TrentService.Decrypt", "1.1");

fn unexpected() -> Failed {
    Failed::Aws(AwsError::unexpected())
}

impl Ports for Aws {
    fn read(&self, id: &Id, deadline: &Arc<Deadline>) -> Result<Option<Object>, Error> {
        self.get_item(id.tenant(), id.name(), true, deadline)
    }

    fn read_record(&self, slot: u32, deadline: &Arc<Deadline>) -> Result<Option<Object>, Error> {
        self.get_item(&format!("#{slot}"), "#fresh", false, deadline)
    }

    fn read_tenant(&self, tenant: &str, deadline: &Arc<Deadline>) -> Result<Vec<Object>, Error> {
        let mut items = Vec::new();
        let mut input = json!({
            "TableName": self.settings.cache_table,
            "ConsistentRead": true,
            "KeyConditionExpression": "#tenant = :tenant",
            "ExpressionAttributeNames": {"#tenant": "tenant"},
            "ExpressionAttributeValues": {":tenant": {"S": tenant}},
        });
        loop {
            let operation = (Service::DynamoDb, "DynamoDB_20120810.Query", "1.0");
            let (page, next) = self
                .call_json(operation, &input, deadline, |answer| {
                    let page = field(answer, "Items").and_then(Json::array).ok_or_else(unexpected)?;
                    let page: Option<Vec<Object>> = page.iter().map(|item| item.object().cloned()).collect();
                    let next = field(answer, "LastEvaluatedKey").and_then(Json::object).cloned();
                    Ok((page.ok_or_else(unexpected)?, next))
                })
                .map_err(|failed| self.read_failed(failed))?;
            items.extend(page);
            let Some(next) = next else {
                return Ok(items);
            };
            // The key of the table: two texts.
            let text = |name: &str| crate::entry::raw(&next, name, 'S').unwrap_or_default();
            input["ExclusiveStartKey"] = json!({"tenant": {"S": text("tenant")}, "name": {"S": text("name")}});
        }
    }

    fn unwrap(&self, tenant: &str, wrapped: &str, deadline: &Arc<Deadline>) -> Result<DataKey, Error> {
        let keys = &self.settings.kms_keys;
        for (at, key) in keys.iter().enumerate() {
            let input = json!({
                "CiphertextBlob": wrapped,
                "KeyId": key,
                "EncryptionContext": {"keepwarm": "1", "tenant": tenant},
            });
            let result = self.call_json(UNWRAP, &input, deadline, |answer| {
                let plaintext = answer.get("Plaintext").and_then(Json::text).ok_or_else(unexpected)?;
                let plaintext = Zeroizing::new(STANDARD.decode(plaintext).map_err(|_| unexpected())?);
                DataKey::new(&plaintext).map_err(Failed::Own)
            });
            let failed = match result {
                Ok(key) => return Ok(key),
                Err(failed) => failed,
            };
            if let Failed::Aws(error) = &failed {
                let retired = ["NotFoundException", "DisabledException", "KMSInvalidStateException"];
                let is_retired =
                    at > 0 && (error.reader_code() == Code::Denied || retired.contains(&error.code.as_str()));
                if is_retired || error.code == "IncorrectKeyException" {
                    continue;
                }
            }
            return Err(self.client.translate("KMS cannot decrypt", failed));
        }
        let message = format!("KMS cannot decrypt: not encrypted under {}", keys.join(", "));
        Err(Error::wrong_key(message))
    }

    fn resolve(&self, request: &Resolve, deadline: &Arc<Deadline>) -> Result<Vec<u8>, Error> {
        let path = format!("/2015-03-31/functions/{}/invocations", encode_segment(&self.settings.resolver));
        let operation = Operation {
            service: Service::Lambda,
            endpoint: self.endpoint(Service::Lambda),
            path: &path,
            headers: &[("content-type", "application/json")],
            body: &request.to_json(),
            // The function may start cold, which takes long.
            attempt_timeout: self.settings.behaviour.deadline,
        };
        self.client
            .call(&operation, deadline, |response| match response.header("x-amz-function-error") {
                None => Ok(response.body.to_vec()),
                // The payload is not repeated: it is the function's own, and may contain a secret.
                Some(_) => Err(Failed::Aws(AwsError {
                    code: "the resolve function failed".into(),
                    status: response.status,
                    stale: false,
                })),
            })
            .map_err(|failed| self.client.translate("the call of the decryptor failed", failed))
    }

    fn publish(&self, kind: &str, detail: &str, deadline: &Arc<Deadline>) -> Result<(), Error> {
        let input = json!({"Entries": [{
            "EventBusName": self.settings.bus,
            "Source": "keepwarm",
            "DetailType": kind,
            "Detail": detail,
        }]});
        let operation = (Service::Events, "AWSEvents.PutEvents", "1.1");
        self.call_json(operation, &input, deadline, |answer| {
            let entries = field(answer, "Entries").and_then(Json::array).unwrap_or_default();
            let result = entries.first().and_then(Json::object).ok_or_else(unexpected)?;
            match field(result, "ErrorCode") {
                None => Ok(()),
                // PutEvents refuses single entries with status 200.
                Some(_) => {
                    Err(Failed::Aws(AwsError { code: "the entry was not accepted".into(), status: 0, stale: false }))
                }
            }
        })
        .map_err(|failed| self.client.translate(&format!("cannot publish to bus {}", self.settings.bus), failed))
    }
}
