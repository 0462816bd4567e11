//! A notice to a topic's subscribers.

use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::id::Arn;

use crate::hand::{Hand, failure};

pub(crate) async fn publish(
    hand: &Hand,
    call: &Call,
    topic: &Arn,
    subject: &str,
    message: &str,
) -> Result<Receipt, CloudError> {
    let answer = hand
        .once
        .sns()
        .publish()
        .topic_arn(topic.as_str())
        .subject(subject)
        .message(message)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}
