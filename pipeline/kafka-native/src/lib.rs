//! What librdkafka can do and `rdkafka` 0.39 does not hand on: the only unsafe code of Landfall, in a crate of its own, so that it
//! stays forbidden everywhere else.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use rdkafka::bindings::{rd_kafka_brokers_add, rd_kafka_oauthbearer_set_token};
use rdkafka::client::{Client, ClientContext, OAuthToken};
use rdkafka::types::RDKafkaRespErr;

/// librdkafka's reasons are cut after so many bytes.
const REASON_BYTES_MAX: usize = 512;

/// Why a client does not take a token: what librdkafka says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

/// Gives a client the token of SASL OAUTHBEARER with which it signs on to brokers from now on.
///
/// `rdkafka` does so only when the client's main queue is polled. An `AdminClient` never polls it, so it can never sign on
/// (its issue 757), and a consumer is asked for metadata before it is polled.
///
/// # Errors
/// When the client does not sign on by OAUTHBEARER, the token has expired, or has characters that no token has.
pub fn set_token<C: ClientContext>(client: &Client<C>, token: &OAuthToken) -> Result<(), Refused> {
    let terminated = |text: &str| CString::new(text).map_err(|_| Refused("the token has a zero byte".to_owned()));
    let (value, principal) = (terminated(&token.token)?, terminated(&token.principal_name)?);
    let mut reason = [0_u8; REASON_BYTES_MAX];
    // SAFETY: `client` owns its handle, which is destroyed with it and so outlives the call; librdkafka takes it from any thread.
    // Both texts end in a zero byte and outlive the call, which copies them. Without extensions, as their number says, their
    // pointer is not read. At most as many bytes as `reason` has are written to it, and they end in a zero byte.
    let code = unsafe {
        rd_kafka_oauthbearer_set_token(
            client.native_ptr(),
            value.as_ptr(),
            token.lifetime_ms,
            principal.as_ptr(),
            ptr::null_mut(),
            0,
            reason.as_mut_ptr().cast::<c_char>(),
            reason.len(),
        )
    };
    if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    let told = CStr::from_bytes_until_nul(&reason).map(CStr::to_string_lossy).unwrap_or_default();
    Err(Refused(told.into_owned()))
}

/// Tells a client of brokers again: `host:port,host:port`, those that it began with. It costs nothing where the client still
/// has brokers, but that they are noted once more, so it is for clients that reach none.
///
/// When the last broker is stopped in order, it may still say that the cluster has topics and no brokers. librdkafka 2.12 then
/// forgets all brokers, also those that it began with, and never connects again (its issue 5301).
pub fn add_brokers<C: ClientContext>(client: &Client<C>, brokers: &str) {
    let Ok(brokers) = CString::new(brokers) else { return };
    // SAFETY: `client` owns its handle, which is destroyed with it and so outlives the call; librdkafka takes it from any thread.
    // The text ends in a zero byte and outlives the call, which copies it.
    unsafe { rd_kafka_brokers_add(client.native_ptr(), brokers.as_ptr()) };
}
