//! Encryption of connections.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::SqlError;
use super::settings::Tls;

/// Answers encrypted connections with the certificate of the settings.
///
/// # Errors
/// Which file cannot be used.
pub(super) fn acceptor(tls: &Tls) -> Result<TlsAcceptor, SqlError> {
    let failed = |file: &str, reason: String| SqlError::Tls { file: file.to_owned(), reason };
    let chain = CertificateDer::pem_file_iter(&tls.certificate_file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| failed(&tls.certificate_file, error.to_string()))?;
    if chain.is_empty() {
        return Err(failed(&tls.certificate_file, "there is no certificate in it".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(&tls.key_file).map_err(|error| failed(&tls.key_file, error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| failed(&tls.certificate_file, error.to_string()))?;
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
