//! Whether it makes sense how a Kafka cluster is signed on to.

use url::{Host, Url};

use super::check::wrong;
use super::{ConfigError, KafkaSecurity};

/// Checks what stands under a `security` section.
///
/// # Errors
/// The first thing that makes no sense.
pub(super) fn check(at: &str, security: &KafkaSecurity) -> Result<(), ConfigError> {
    let Some(sasl) = &security.sasl else {
        return Ok(());
    };
    let place = |option: &str| format!("{at}.sasl.{option}");
    let Some(token_url) = &sasl.token_url else {
        let lonely = [
            ("client_id", &sasl.client_id),
            ("client_secret", &sasl.client_secret),
            ("scope", &sasl.scope),
            ("token_ca_file", &sasl.token_ca_file),
        ];
        return match lonely.into_iter().find(|(_, value)| value.is_some()) {
            Some((option, _)) => {
                Err(wrong(&place(option), "is given without `token_url`, which says where tokens come from"))
            }
            None => Ok(()),
        };
    };
    if !sasl.is_oauthbearer() {
        let mechanism = &sasl.mechanism;
        return Err(wrong(&place("token_url"), format!("is for OAUTHBEARER, but `mechanism` is `{mechanism}`")));
    }
    check_url(token_url).map_err(|reason| wrong(&place("token_url"), reason))?;
    for (option, value) in [("client_id", &sasl.client_id), ("client_secret", &sasl.client_secret)] {
        if value.as_ref().is_none_or(String::is_empty) {
            return Err(wrong(&place(option), "is missing: the endpoint of `token_url` asks for it"));
        }
    }
    Ok(())
}

fn check_url(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("is no URL ({error}): https://host/path"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("names a user, and shows in messages: use `client_id` and `client_secret`".to_owned());
    }
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback => Ok(()),
        "http" => Err(format!("`{text}` would send the secret for everybody to read: use https")),
        other => Err(format!("`{other}` is neither https nor http: https://host/path")),
    }
}
