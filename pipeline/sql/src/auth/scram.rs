//! The server's side of SCRAM-SHA-256. Of a password only a verifier is kept, from which it cannot be told.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::super::SqlError;
use super::super::settings::{User, wrong};

const ITERATIONS: u32 = 4_096;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 18;
const PREFIX: &str = "SCRAM-SHA-256$";

type Key = [u8; 32];

/// What is kept of a password.
#[derive(Clone)]
pub(crate) struct Verifier {
    iterations: u32,
    salt: Vec<u8>,
    stored_key: Key,
    server_key: Key,
}

impl Verifier {
    /// What a user's settings give.
    ///
    /// # Errors
    /// When they give neither password nor verifier, or both, or one that is none.
    pub fn of(user: &User) -> Result<Verifier, SqlError> {
        match (&user.scram_verifier, &user.password) {
            (Some(verifier), None) => Verifier::parsed(verifier).ok_or_else(|| {
                let form = "SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>";
                wrong("users", format!("`{}`: scram_verifier must have the form {form}", user.name))
            }),
            (None, Some(password)) if !password.is_empty() => {
                Ok(Verifier::of_password(password, &random::<SALT_BYTES>(), ITERATIONS))
            }
            _ => Err(wrong("users", format!("`{}` needs one of scram_verifier and password", user.name))),
        }
    }

    fn parsed(text: &str) -> Option<Verifier> {
        let (parameters, keys) = text.strip_prefix(PREFIX)?.split_once('$')?;
        let ((iterations, salt), (stored, server)) = (parameters.split_once(':')?, keys.split_once(':')?);
        Some(Verifier {
            iterations: iterations.parse().ok().filter(|iterations| *iterations > 0)?,
            salt: BASE64.decode(salt).ok()?,
            stored_key: BASE64.decode(stored).ok()?.try_into().ok()?,
            server_key: BASE64.decode(server).ok()?.try_into().ok()?,
        })
    }

    fn of_password(password: &str, salt: &[u8], iterations: u32) -> Verifier {
        // What cannot be prepared is taken as it is; PostgreSQL's clients do the same.
        let prepared = stringprep::saslprep(password).unwrap_or(password.into());
        let salted = salted_password(prepared.as_bytes(), salt, iterations);
        let stored_key = Sha256::digest(hmac(&salted, &[b"Client Key"])).into();
        Verifier { iterations, salt: salt.to_vec(), stored_key, server_key: hmac(&salted, &[b"Server Key"]) }
    }

    /// One that nobody's password fits, the same for a name every time: whoever guesses names learns nothing.
    pub fn of_nobody(name: &str, secret: &Key) -> Verifier {
        let salt = hmac(secret, &[b"salt", name.as_bytes()])[..SALT_BYTES].to_vec();
        Verifier { iterations: ITERATIONS, salt, stored_key: random(), server_key: random() }
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Key {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of HMAC may have any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// PBKDF2 with one block.
fn salted_password(password: &[u8], salt: &[u8], iterations: u32) -> Key {
    let mut block = hmac(password, &[salt, &1_u32.to_be_bytes()]);
    let mut sum = block;
    for _ in 1..iterations {
        block = hmac(password, &[&block]);
        sum.iter_mut().zip(block).for_each(|(sum, byte)| *sum ^= byte);
    }
    sum
}

/// Bytes that nobody can guess.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill(&mut bytes);
    bytes
}

/// What the server waits for after its first message.
pub(super) struct Exchange {
    verifier: Verifier,
    header: String,
    client_first_bare: String,
    server_first: String,
    nonce: String,
}

impl Exchange {
    /// Takes the client's first message; the answer is [`Exchange::server_first`]. None when the message is none, or
    /// asks for channel binding, which is not offered.
    pub fn begin(verifier: Verifier, client_first: &[u8]) -> Option<Exchange> {
        let text = std::str::from_utf8(client_first).ok()?;
        let (flag, rest) = text.split_once(',')?;
        let (authzid, bare) = rest.split_once(',')?;
        if !matches!(flag, "n" | "y") || !authzid.is_empty() {
            return None;
        }
        let client_nonce =
            bare.split(',').find_map(|part| part.strip_prefix("r=")).filter(|nonce| !nonce.is_empty())?;
        let nonce = format!("{client_nonce}{}", BASE64.encode(random::<NONCE_BYTES>()));
        let server_first = format!("r={nonce},s={},i={}", BASE64.encode(&verifier.salt), verifier.iterations);
        let header = format!("{flag},{authzid},");
        Some(Exchange { verifier, header, client_first_bare: bare.to_owned(), server_first, nonce })
    }

    /// The server's first message.
    pub fn server_first(&self) -> &str {
        &self.server_first
    }

    /// The server's last message, if the client's proves that it knows the password.
    pub fn finish(self, client_final: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(client_final).ok()?;
        let (without_proof, proof) = text.rsplit_once(",p=")?;
        let mut parts = without_proof.split(',');
        let binding = parts.next()?.strip_prefix("c=")?;
        let nonce = parts.next()?.strip_prefix("r=")?;
        if BASE64.decode(binding).ok()? != self.header.as_bytes() || nonce != self.nonce {
            return None;
        }
        let proof: Key = BASE64.decode(proof).ok()?.try_into().ok()?;
        let message = format!("{},{},{without_proof}", self.client_first_bare, self.server_first);
        let mut client_key = hmac(&self.verifier.stored_key, &[message.as_bytes()]);
        client_key.iter_mut().zip(proof).for_each(|(key, byte)| *key ^= byte);
        let known: bool = Sha256::digest(client_key).as_slice().ct_eq(&self.verifier.stored_key).into();
        known.then(|| format!("v={}", BASE64.encode(hmac(&self.verifier.server_key, &[message.as_bytes()]))))
    }
}
