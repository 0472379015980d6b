//! The extension. Without Lambda (no `AWS_LAMBDA_RUNTIME_API`) it serves until it is ended.

use keepwarm_extension::aws::client::AwsClient;
use keepwarm_extension::aws::credentials::Provider;
use keepwarm_extension::aws::http::Http;
use keepwarm_extension::aws::services::Aws;
use keepwarm_extension::clock::{Clock, SystemHost};
use keepwarm_extension::error::{Code, Error};
use keepwarm_extension::lambda::Extension;
use keepwarm_extension::metrics::Metrics;
use keepwarm_extension::reader::Reader;
use keepwarm_extension::server::Server;
use keepwarm_extension::settings::Settings;
use std::env;
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;

fn main() -> ExitCode {
    let clock = Arc::new(Clock::new(Arc::new(SystemHost::new())));
    match start(&clock) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("keepwarm: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(clock: &Arc<Clock>) -> Result<(), Error> {
    let serving = serve(clock);
    let Some(api) = env::var("AWS_LAMBDA_RUNTIME_API").ok().filter(|api| !api.is_empty()) else {
        // The server does not end by itself.
        let _ = serving?.thread.join();
        return Ok(());
    };
    // Only now: Lambda does not start the function before all extensions are registered.
    let extension = Extension::register(clock, &api, &name())?;
    match serving {
        Ok(serving) => extension.run(&serving.client, &serving.metrics),
        Err(error) => {
            extension.fail(&error);
            Err(error)
        }
    }
}

/// The running server, with what a function's invocations need.
struct Serving {
    client: Arc<AwsClient>,
    metrics: Metrics,
    thread: JoinHandle<()>,
}

fn serve(clock: &Arc<Clock>) -> Result<Serving, Error> {
    let variable = |name: &str| env::var(name).ok();
    let settings = Settings::read(&variable)?;
    let (port, token) = (settings.port, settings.token.clone());
    let (cache_table, metrics_every) = (settings.cache_table.clone(), settings.metrics_every);
    let http = Http::new(clock.clone(), settings.ca_bundle.as_deref())
        .map_err(|what| Error::new(Code::InvalidConfiguration, format!("AWS_CA_BUNDLE: the file {what}")))?;
    let provider = Provider::new(&variable)?;
    let client = Arc::new(AwsClient::new(clock.clone(), http, provider, &settings.region));
    let behaviour = settings.behaviour.clone();
    // While the function initializes: the first read needs the table and the key.
    for url in settings.endpoints[..2].iter().filter(|url| url.secure) {
        let (client, url, timeout) = (client.clone(), url.clone(), settings.attempt_timeout);
        clock.host().spawn(Box::new(move || client.preconnect(&url, timeout)));
    }
    let aws = Arc::new(Aws::new(client.clone(), settings));
    let reader = Reader::new(aws, clock.clone(), behaviour);
    let metrics = Metrics::new(reader.clone(), &cache_table, metrics_every);
    let server =
        Server::new(reader, port, token).ok_or_else(|| Error::new(Code::Unavailable, "there are no random numbers"))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|_| {
        let allowed = "KEEPWARM_EXTENSION_PORT: must be a port that no other process uses";
        Error::new(Code::InvalidConfiguration, allowed)
    })?;
    let accepting = std::thread::Builder::new().name("server".into());
    let thread = accepting
        .spawn(move || server.run(&listener))
        .map_err(|_| Error::new(Code::Unavailable, "no thread can be started"))?;
    Ok(Serving { client, metrics, thread })
}

/// Lambda knows an extension by the name of its file.
fn name() -> String {
    let file = env::current_exe().ok();
    let name = file.as_deref().and_then(|file| file.file_name()).and_then(|name| name.to_str());
    name.unwrap_or("keepwarm-reader").into()
}
