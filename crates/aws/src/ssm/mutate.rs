//! A plain parameter's value, and a parameter's end. What a secret holds is never told to anybody: see [`super::secret`].

use aws_sdk_ssm::types::ParameterType;
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::id::ParameterName;
use lifeboat_model::read::Service;

use crate::hand::{Hand, failure, looked, unsent};

/// A parameter keeps its kind; one that does not exist is made as a string. The receipt tells its new version.
pub(crate) async fn put(hand: &Hand, call: &Call, name: &ParameterName, value: &str) -> Result<Receipt, CloudError> {
    let kind = match looked(kind(hand, name).await)? {
        None => ParameterType::String,
        Some(plain @ (ParameterType::String | ParameterType::StringList)) => plain,
        Some(other) => {
            let why = format!("{name} is a {}, and only plain parameters are changed", other.as_str());
            return Err(unsent(call, CloudErrorKind::Invalid, &why));
        }
    };
    let answer = hand
        .once
        .ssm()
        .put_parameter()
        .name(name.as_str())
        .value(value)
        .r#type(kind)
        .overwrite(true)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(Receipt { detail: Some(answer.version().to_string()), ..hand.receipt(&answer) })
}

/// Asked without decryption, so that no secret comes along.
pub(super) async fn kind(hand: &Hand, name: &ParameterName) -> Result<Option<ParameterType>, CloudError> {
    let answer = hand
        .at
        .ssm()
        .get_parameter()
        .name(name.as_str())
        .with_decryption(false)
        .send()
        .await
        .map_err(hand.at.failure(Service::Parameters, "GetParameter"));
    match answer {
        Ok(answer) => Ok(answer.parameter.and_then(|found| found.r#type)),
        Err(error) if error.kind == CloudErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// One that is not there is as deleted as it can be.
pub(crate) async fn delete(hand: &Hand, call: &Call, name: &ParameterName) -> Result<Receipt, CloudError> {
    match hand.once.ssm().delete_parameter().name(name.as_str()).send().await.map_err(failure(call)) {
        Ok(answer) => Ok(hand.receipt(&answer)),
        Err(error) => hand.gone_already(error),
    }
}
