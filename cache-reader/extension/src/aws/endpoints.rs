//! Where the services are.

/// A service that the reader calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Amazon DynamoDB.
    DynamoDb,
    /// AWS KMS.
    Kms,
    /// AWS Lambda.
    Lambda,
    /// Amazon EventBridge.
    Events,
}

impl Service {
    /// Its name in hosts and signatures.
    pub fn name(self) -> &'static str {
        match self {
            Service::DynamoDb => "dynamodb",
            Service::Kms => "kms",
            Service::Lambda => "lambda",
            Service::Events => "events",
        }
    }
}

/// For each partition: the prefix of its Regions, its domain, and the domain of dual-stack
/// endpoints.
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ("", "amazonaws.com", "api.aws"),
];

/// AWS's own host of a service.
pub fn host_of(service: Service, region: &str, fips: bool, dual: bool) -> String {
    let (_, domain, dual_domain) =
        PARTITIONS.iter().find(|(prefix, ..)| region.starts_with(prefix)).unwrap_or(&PARTITIONS[6]);
    // Here the plain endpoint already is a FIPS endpoint.
    let is_plain =
        region.starts_with("us-gov-") && (service == Service::Events || (service == Service::DynamoDb && !dual));
    let suffix = if fips && !is_plain { "-fips" } else { "" };
    format!("{}{suffix}.{region}.{}", service.name(), if dual { dual_domain } else { domain })
}

/// An http or https address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Whether it is https.
    pub secure: bool,
    /// The host, without the brackets of an IPv6 address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path, without a slash at its end.
    pub path: String,
}

impl Url {
    /// The https address of a host.
    pub fn https(host: &str) -> Url {
        Url { secure: true, host: host.into(), port: 443, path: String::new() }
    }

    /// Parses an address. None if it has another scheme, a user name, a query or a fragment.
    pub fn parse(text: &str) -> Option<Url> {
        let (scheme, rest) = text.split_once("://")?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.strip_prefix('[') {
            Some(ipv6) => ipv6.split_once(']')?,
            None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
        };
        let is_host = |b: u8| b.is_ascii_alphanumeric() || b".-_:".contains(&b);
        let is_path = |b: u8| b.is_ascii_graphic() && !b"?#\"<>\\^`{|}".contains(&b);
        if host.is_empty() || !host.bytes().all(is_host) || !path.bytes().all(is_path) {
            return None;
        }
        let port = match port {
            "" => {
                if secure {
                    443
                } else {
                    80
                }
            }
            _ => port.strip_prefix(':')?.parse().ok()?,
        };
        Some(Url { secure, host: host.to_ascii_lowercase(), port, path: path.trim_end_matches('/').into() })
    }

    /// As in a Host header.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == if self.secure { 443 } else { 80 } { host } else { format!("{host}:{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_partitions() {
        let host = |region: &str, fips, dual| host_of(Service::Kms, region, fips, dual);
        assert_eq!(host("eu-central-1", false, false), "kms.eu-central-1.amazonaws.com");
        assert_eq!(host("us-east-1", true, true), "kms-fips.us-east-1.api.aws");
        assert_eq!(host("cn-north-1", false, false), "kms.cn-north-1.amazonaws.com.cn");
        assert_eq!(host("us-isob-east-1", false, false), "kms.us-isob-east-1.sc2s.sgov.gov");
        assert_eq!(host_of(Service::DynamoDb, "us-gov-west-1", true, false), "dynamodb.us-gov-west-1.amazonaws.com");
    }

    #[test]
    fn reads_addresses() {
        let url = Url::parse("http://127.0.0.1:8000/aws/").expect("an address");
        assert_eq!((url.authority().as_str(), url.path.as_str()), ("127.0.0.1:8000", "/aws"));
        assert_eq!(Url::parse("https://[::1]").expect("an address").authority(), "[::1]");
        assert_eq!(Url::parse("HTTPS://Example.org:443").expect("an address").authority(), "example.org");
        for text in ["", "http://", "ftp://a", "http://a b", "http://u:p@a", "http://a/?q", "http://a:70000"] {
            assert_eq!(Url::parse(text), None, "{text}");
        }
    }
}
