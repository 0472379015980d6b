//! The names of credentials.

use crate::error::{Code, Error};

const ALLOWED: &str = "1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -";

/// The tenant that owns a credential, and the credential's name within the tenant. Both match the grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id {
    tenant: String,
    name: String,
}

impl Id {
    /// Checks both parts. Fails with `INVALID_ID`, without repeating what was given.
    pub fn new(tenant: &str, name: &str) -> Result<Id, Error> {
        check_part("tenant", tenant)?;
        check_part("name", name)?;
        Ok(Id { tenant: tenant.into(), name: name.into() })
    }

    /// The tenant.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The name within the tenant.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A text that no other id has, because neither part can contain a blank.
    pub fn key(&self) -> String {
        format!("{} {}", self.tenant, self.name)
    }
}

/// Whether a text may be a tenant or a name.
pub fn is_valid_part(part: &str) -> bool {
    (1..=128).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:@/+=-".contains(&b))
}

/// Fails with `INVALID_ID` if a text may not be a tenant or a name.
pub fn check_part(what: &str, part: &str) -> Result<(), Error> {
    if is_valid_part(part) {
        return Ok(());
    }
    // The text is not repeated: it may be a misplaced secret.
    let length = part.chars().count();
    Err(Error::new(Code::InvalidId, format!("{what} of {length} characters, must be {ALLOWED}")))
}
