//! A secret that every region is to hold alike: made here, or read where it is, and written. Its value is in this file's
//! hands from there to the request, and has no form in which it could be shown, logged or kept.

use aws_sdk_ssm::types::ParameterType;
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::id::ParameterName;
use lifeboat_model::read::Service;

use super::mutate::kind;
use super::unlogged;
use crate::clients::Endpoint;
use crate::hand::{Hand, failure, looked, unsent};

/// Has neither `Debug` nor `Display`.
struct Secret(String);

/// Everybody takes these, whatever the value is used for: passwords, headers, URLs.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// AWS takes 4096 characters; a shorter one than this could be guessed.
const LENGTHS: std::ops::RangeInclusive<u32> = 16..=1024;

impl Secret {
    /// `None` where the machine gives no randomness.
    fn random(length: u32) -> Option<Self> {
        let source = rustls::crypto::ring::default_provider().secure_random;
        let mut text = String::new();
        let mut bytes = [0; 256];
        while u32::try_from(text.len()).is_ok_and(|made| made < length) {
            source.fill(&mut bytes).ok()?;
            let wanted = usize::try_from(length).unwrap_or(usize::MAX).saturating_sub(text.len());
            text.extend(bytes.iter().filter_map(|byte| letter(*byte)).take(wanted));
        }
        Some(Self(text))
    }
}

impl Secret {
    /// A refusal that repeats what was sent may not repeat this.
    fn kept_from(&self, error: CloudError) -> CloudError {
        CloudError { message: error.message.replace(&self.0, "(the value)"), ..error }
    }
}

/// Bytes beyond the last whole round are passed over, so that no letter is likelier than another.
fn letter(byte: u8) -> Option<char> {
    let usable = 256 / ALPHABET.len() * ALPHABET.len();
    let place = usize::from(byte);
    if place < usable { ALPHABET.get(place % ALPHABET.len()).copied().map(char::from) } else { None }
}

/// Where to read a value that another region holds; otherwise one is made.
pub(crate) async fn ensure(
    hand: &Hand,
    call: &Call,
    name: &ParameterName,
    length: u32,
    copy_from: Option<&Endpoint>,
) -> Result<Receipt, CloudError> {
    match looked(kind(hand, name).await)? {
        None => {}
        Some(ParameterType::SecureString) => return Ok(hand.noted("kept")),
        Some(other) => {
            let why = format!("{name} is there as a {}, which hides nothing", other.as_str());
            return Err(unsent(call, CloudErrorKind::Conflict, &why));
        }
    }
    let (secret, how) = match copy_from {
        Some(there) => (held(there, call, name).await?, "copied"),
        None => (made(call, length)?, "made"),
    };
    let put = hand
        .once
        .ssm()
        .put_parameter()
        .name(name.as_str())
        .r#type(ParameterType::SecureString)
        .value(&secret.0)
        .overwrite(false);
    let answer = unlogged(put.send()).await.map_err(|error| secret.kept_from(failure(call)(error)))?;
    Ok(Receipt { detail: Some(how.to_owned()), ..hand.receipt(&answer) })
}

fn made(call: &Call, length: u32) -> Result<Secret, CloudError> {
    if !LENGTHS.contains(&length) {
        let why = format!("a secret has {} to {} characters, not {length}", LENGTHS.start(), LENGTHS.end());
        return Err(unsent(call, CloudErrorKind::Invalid, &why));
    }
    Secret::random(length)
        .ok_or_else(|| unsent(call, CloudErrorKind::Unreachable, "this machine gives no randomness to make it from"))
}

async fn held(there: &Endpoint, call: &Call, name: &ParameterName) -> Result<Secret, CloudError> {
    let missing = || {
        let why = format!("{} has no {name} to copy", there.region);
        unsent(call, CloudErrorKind::NotFound, &why)
    };
    let get = there.ssm().get_parameter().name(name.as_str()).with_decryption(true);
    let answer = unlogged(get.send()).await.map_err(there.failure(Service::Parameters, "GetParameter"));
    let answer = match looked(answer) {
        Err(error) if error.kind == CloudErrorKind::NotFound => return Err(missing()),
        answer => answer?,
    };
    match answer.parameter {
        Some(found) if found.r#type == Some(ParameterType::SecureString) => found.value.map(Secret).ok_or_else(missing),
        Some(_) => {
            let why = format!("{name} of {} is no SecureString", there.region);
            Err(unsent(call, CloudErrorKind::Conflict, &why))
        }
        None => Err(missing()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_as_long_as_asked_of_plain_letters_and_never_the_same() {
        for length in [16, 32, 255, 256, 1024] {
            let (one, other) = (Secret::random(length).unwrap().0, Secret::random(length).unwrap().0);
            assert_eq!(one.len(), usize::try_from(length).unwrap());
            assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            assert!(one != other, "chance has made the same secret twice");
        }
    }

    #[test]
    fn no_letter_is_likelier_than_another() {
        let mut counts = std::collections::BTreeMap::new();
        for byte in 0..=u8::MAX {
            if let Some(letter) = letter(byte) {
                *counts.entry(letter).or_insert(0) += 1;
            }
        }
        assert_eq!(counts.len(), ALPHABET.len());
        assert!(counts.values().all(|count| *count == 4), "{counts:?}");
    }
}
