//! AWS: signed requests over connections that are kept.

pub mod client;
pub mod credentials;
pub mod dates;
pub mod endpoints;
pub mod http;
pub mod services;
pub mod sigv4;
