//! Errors with stable codes.

use std::fmt;

/// The stable codes of all readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The source has no such credential.
    NotFound,
    /// It was revoked, and the source has no newer version.
    Revoked,
    /// The original cannot be decoded; [`Error::failure`] says why.
    Undecodable,
    /// An entry cannot be unsealed, or is malformed.
    Tampered,
    /// A service that the reader needs does not respond, or says that it cannot help now.
    Unavailable,
    /// AWS refused the request.
    Denied,
    /// The deadline passed.
    Timeout,
    /// A tenant or name outside the grammar.
    InvalidId,
    /// A setting is wrong, or names something that does not exist.
    InvalidConfiguration,
}

impl Code {
    /// All codes.
    pub const ALL: [Code; 9] = [
        Code::NotFound,
        Code::Revoked,
        Code::Undecodable,
        Code::Tampered,
        Code::Unavailable,
        Code::Denied,
        Code::Timeout,
        Code::InvalidId,
        Code::InvalidConfiguration,
    ];

    /// The code's text, such as `NOT_FOUND`.
    pub fn name(self) -> &'static str {
        match self {
            Code::NotFound => "NOT_FOUND",
            Code::Revoked => "REVOKED",
            Code::Undecodable => "UNDECODABLE",
            Code::Tampered => "TAMPERED",
            Code::Unavailable => "UNAVAILABLE",
            Code::Denied => "DENIED",
            Code::Timeout => "TIMEOUT",
            Code::InvalidId => "INVALID_ID",
            Code::InvalidConfiguration => "INVALID_CONFIGURATION",
        }
    }
}

/// An error of the reader. It never has the content of a credential.
#[derive(Clone, Debug)]
pub struct Error {
    /// The stable code.
    pub code: Code,
    /// The entry's own code, such as `UNKNOWN_PROFILE`, if an entry says why.
    pub failure: Option<String>,
    /// The message for people.
    pub message: String,
    /// Whether KMS says that the data key was wrapped under a key that is not configured.
    pub wrong_key: bool,
}

impl Error {
    /// An error without a failure code.
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        Error { code, failure: None, message: message.into(), wrong_key: false }
    }

    /// The data key was wrapped under another KMS key.
    pub fn wrong_key(message: impl Into<String>) -> Error {
        Error { wrong_key: true, ..Error::new(Code::Unavailable, message) }
    }

    /// Whether a service did not respond. A table or key that does not exist counts, too: its
    /// removal by mistake must not take away what the near cache has.
    pub fn is_outage(&self) -> bool {
        matches!(self.code, Code::Unavailable | Code::Timeout | Code::InvalidConfiguration)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.message)
    }
}

impl std::error::Error for Error {}
