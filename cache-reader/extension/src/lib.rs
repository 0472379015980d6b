//! Keepwarm's reader as a Lambda extension. [`reader`] is the reader; docs/writing-a-reader.md says what it must do.
//! [`aws`] connects it to AWS, [`server`] serves it to the function, and [`lambda`] speaks the Extensions API.

pub mod aws;
pub mod clock;
pub mod counters;
pub mod datakeys;
pub mod entry;
pub mod envelope;
pub mod error;
pub mod flights;
pub mod id;
pub mod json;
pub mod lambda;
pub mod lru;
pub mod metrics;
pub mod near;
pub mod ports;
pub mod reader;
pub mod record;
pub mod records;
pub mod server;
pub mod settings;
pub mod tenant;
pub mod uses;
pub mod vouching;
