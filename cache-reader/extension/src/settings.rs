//! The reader's settings, from environment variables.

use crate::aws::endpoints::{Service, Url, host_of};
use crate::error::{Code, Error};
use crate::reader::{Behaviour, OnMiss};

/// Looks up an environment variable.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// All settings of the environment.
#[derive(Clone)]
pub struct Settings {
    /// How the reader behaves.
    pub behaviour: Behaviour,
    /// How long one attempt at DynamoDB, KMS or EventBridge may take, in milliseconds.
    pub attempt_timeout: i64,
    /// The cache table's name or ARN.
    pub cache_table: String,
    /// Ids, ARNs or aliases of KMS keys, the current one first.
    pub kms_keys: Vec<String>,
    /// Name or ARN of the resolving function.
    pub resolver: String,
    /// Name or ARN of the event bus.
    pub bus: String,
    /// The Region.
    pub region: String,
    /// Where the services are: DynamoDB, KMS, Lambda, EventBridge.
    pub endpoints: [Url; 4],
    /// A file of certificates to trust besides the usual ones.
    pub ca_bundle: Option<String>,
    /// The port of the local endpoint.
    pub port: u16,
    /// The secret that requests to the local endpoint must contain.
    pub token: String,
    /// The shortest time between two lines of metrics, in milliseconds; 0 for no lines.
    pub metrics_every: i64,
}

/// The token's variable.
const TOKEN: &str = "KEEPWARM_EXTENSION_TOKEN";

impl Settings {
    /// Reads and checks everything once. Fails with `INVALID_CONFIGURATION`, which names the variable and what is
    /// allowed, and does not repeat the value: it may be a misplaced secret.
    pub fn read(env: Env) -> Result<Settings, Error> {
        let usual = Behaviour::default();
        let get = |name: &str| env(name).filter(|value| !value.is_empty());
        let text = |name: &str, otherwise: &str| {
            let value = get(name).unwrap_or_else(|| otherwise.into());
            check(value.len() <= 2048, name, "a text of 1 to 2048 characters").map(|()| value)
        };
        let millis = |name: &str, otherwise: i64, least: i64, most: i64| match get(name) {
            None => Ok(otherwise),
            Some(value) => parse_duration(&value).filter(|millis| (least..=most).contains(millis)).ok_or_else(|| {
                let allowed = format!("a duration from {least} ms to {most} ms, such as 500ms, 30s or 15m");
                invalid(name, &allowed)
            }),
        };
        let whole = |name: &str, otherwise: usize, most: usize| match get(name) {
            None => Ok(otherwise),
            Some(value) => value
                .parse::<usize>()
                .ok()
                .filter(|number| (1..=most).contains(number))
                .ok_or_else(|| invalid(name, &format!("a whole number from 1 to {most}"))),
        };
        let flag = |name: &str| match get(name).unwrap_or_default().to_lowercase().as_str() {
            "" | "false" => Ok(false),
            "true" => Ok(true),
            _ => Err(invalid(name, "true or false")),
        };

        let deadline = millis("KEEPWARM_DEADLINE", usual.deadline, 1, 900_000)?;
        let behaviour = Behaviour {
            near_ttl: millis("KEEPWARM_NEAR_TTL", usual.near_ttl, 0, 3_600_000)?,
            near_size: whole("KEEPWARM_NEAR_SIZE", usual.near_size, 10_000_000)?,
            near_bytes: whole("KEEPWARM_NEAR_BYTES", usual.near_bytes, 1 << 40)?,
            data_key_ttl: millis("KEEPWARM_DATA_KEY_TTL", usual.data_key_ttl, 0, 86_400_000)?,
            deadline,
            on_miss: match get("KEEPWARM_ON_MISS").as_deref() {
                None | Some("resolve") => OnMiss::Resolve,
                Some("wait") => OnMiss::Wait,
                Some("fail") => OnMiss::Fail,
                Some(_) => return Err(invalid("KEEPWARM_ON_MISS", "one of resolve, wait, fail")),
            },
        };

        let kms_keys: Vec<String> = text("KEEPWARM_KMS_KEY", "alias/keepwarm")?.split(',').map(String::from).collect();
        let is_key = |key: &String| (1..=512).contains(&key.len()) && !key.contains(char::is_whitespace);
        let what = "an id, ARN or alias, or up to 10 of them separated by commas";
        check(kms_keys.len() <= 10 && kms_keys.iter().all(is_key), "KEEPWARM_KMS_KEY", what)?;

        let region = get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")).unwrap_or_default();
        let is_region = (1..=64).contains(&region.len())
            && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        check(is_region, "AWS_REGION", "the name of a Region, such as eu-central-1")?;

        let fips = flag("AWS_USE_FIPS_ENDPOINT")?;
        let dual = flag("AWS_USE_DUALSTACK_ENDPOINT")?;
        let ignored = flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?;
        let endpoint = |name: &str, service: Service| {
            let given = [name, "AWS_ENDPOINT_URL"]
                .into_iter()
                .filter(|_| !ignored)
                .find_map(|name| get(name).map(|address| (name.to_string(), address)));
            match given {
                Some((name, address)) => Url::parse(&address).ok_or_else(|| invalid(&name, "an http or https address")),
                None => Ok(Url::https(&host_of(service, &region, fips, dual))),
            }
        };
        let endpoints = [
            endpoint("AWS_ENDPOINT_URL_DYNAMODB", Service::DynamoDb)?,
            endpoint("AWS_ENDPOINT_URL_KMS", Service::Kms)?,
            endpoint("AWS_ENDPOINT_URL_LAMBDA", Service::Lambda)?,
            endpoint("AWS_ENDPOINT_URL_EVENTBRIDGE", Service::Events)?,
        ];

        let token = get(TOKEN).or_else(|| get("AWS_SESSION_TOKEN")).unwrap_or_default();
        let is_token = (16..=8192).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
        check(is_token, TOKEN, "16 to 8192 visible ASCII characters, unless there is AWS_SESSION_TOKEN")?;

        Ok(Settings {
            behaviour,
            attempt_timeout: millis("KEEPWARM_ATTEMPT_TIMEOUT", (deadline / 2).max(1), 1, 900_000)?,
            cache_table: text("KEEPWARM_CACHE_TABLE", "keepwarm-cache")?,
            kms_keys,
            resolver: text("KEEPWARM_RESOLVER", "keepwarm-resolver")?,
            bus: text("KEEPWARM_BUS", "keepwarm")?,
            region,
            endpoints,
            ca_bundle: get("AWS_CA_BUNDLE").or_else(|| get("SSL_CERT_FILE")),
            port: whole("KEEPWARM_EXTENSION_PORT", 2774, 65_535)? as u16,
            token,
            metrics_every: millis("KEEPWARM_EXTENSION_METRICS", 0, 0, 3_600_000)?,
        })
    }
}

fn check(holds: bool, name: &str, allowed: &str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(invalid(name, allowed)) }
}

fn invalid(name: &str, allowed: &str) -> Error {
    Error::new(Code::InvalidConfiguration, format!("{name}: must be {allowed}"))
}

/// Milliseconds of `0`, `500ms`, `30s`, `15m`, `2h`, `1d`, or ISO 8601 such as `PT1M30S`; none if it is something
/// else.
pub fn parse_duration(text: &str) -> Option<i64> {
    if text == "0" {
        return Some(0);
    }
    let upper = text.to_ascii_uppercase();
    if let Some(iso) = upper.strip_prefix('P') {
        return parse_iso(iso);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = match &text[digits..] {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    if !(1..=9).contains(&digits) {
        return None;
    }
    Some(text[..digits].parse::<i64>().ok()? * unit)
}

fn parse_iso(text: &str) -> Option<i64> {
    let (days, time) = text.split_once('T').map_or((text, None), |(days, time)| (days, Some(time)));
    if days.is_empty() && time.is_none() || time == Some("") {
        return None;
    }
    let mut rest = days;
    let mut total = iso_part(&mut rest, 'D')? * 86_400_000;
    if !rest.is_empty() {
        return None;
    }
    let mut rest = time.unwrap_or("");
    total += iso_part(&mut rest, 'H')? * 3_600_000 + iso_part(&mut rest, 'M')? * 60_000;
    if let Some(seconds) = rest.strip_suffix('S') {
        let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
        if !(1..=3).contains(&fraction.len()) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        total += iso_number(whole)? * 1000 + format!("{fraction:0<3}").parse::<i64>().ok()?;
        rest = "";
    }
    rest.is_empty().then_some(total)
}

fn iso_part(rest: &mut &str, unit: char) -> Option<i64> {
    match rest.split_once(unit) {
        None => Some(0),
        Some((number, after)) => {
            *rest = after;
            iso_number(number)
        }
    }
}

fn iso_number(digits: &str) -> Option<i64> {
    let is_number = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations_as_the_other_readers_do() {
        for (text, millis) in [
            ("0", 0),
            ("500ms", 500),
            ("30s", 30_000),
            ("15m", 900_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
            ("PT15M", 900_000),
            ("PT1M30.5S", 90_500),
            ("P1DT2H", 93_600_000),
            ("pt0s", 0),
        ] {
            assert_eq!(parse_duration(text), Some(millis), "{text}");
        }
        for text in ["", "1", "-1s", "1 s", "s", "1.5s", "P", "PT", "PT1", "P1H", "PTS", "1234567890s", "é"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    fn read(given: &[(&str, &str)]) -> Result<Settings, Error> {
        Settings::read(&|name| {
            let usual = [("AWS_REGION", "eu-central-1"), ("AWS_SESSION_TOKEN", "0123456789abcdef")];
            given.iter().chain(&usual).find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn has_the_defaults_of_the_wire_format() {
        let settings = read(&[]).expect("settings");
        assert_eq!(settings.cache_table, "keepwarm-cache");
        assert_eq!(settings.kms_keys, ["alias/keepwarm"]);
        assert_eq!((settings.resolver.as_str(), settings.bus.as_str()), ("keepwarm-resolver", "keepwarm"));
        assert_eq!((settings.attempt_timeout, settings.port, settings.metrics_every), (1000, 2774, 0));
        assert_eq!(settings.endpoints[0].authority(), "dynamodb.eu-central-1.amazonaws.com");
        assert_eq!(settings.token, "0123456789abcdef");
    }

    #[test]
    fn refuses_what_is_out_of_range_and_names_it() {
        for (name, value) in [
            ("KEEPWARM_NEAR_TTL", "2h"),
            ("KEEPWARM_DEADLINE", "0"),
            ("KEEPWARM_ON_MISS", "hidden"),
            ("KEEPWARM_NEAR_SIZE", "0"),
            ("KEEPWARM_KMS_KEY", "a,,b"),
            ("AWS_REGION", "eu central"),
            ("AWS_ENDPOINT_URL_KMS", "ftp://hidden"),
            ("AWS_USE_FIPS_ENDPOINT", "hidden"),
            ("KEEPWARM_EXTENSION_PORT", "65536"),
            ("KEEPWARM_EXTENSION_METRICS", "hidden"),
            ("KEEPWARM_EXTENSION_TOKEN", "hidden"),
        ] {
            let error = read(&[(name, value)]).err().expect(name);
            assert_eq!(error.code, Code::InvalidConfiguration);
            assert!(error.message.starts_with(name), "{error}");
            assert!(!error.message.contains("hidden"), "{error}");
        }
    }
}
