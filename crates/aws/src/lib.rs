//! Lifeboat's ports on the AWS SDK: one file a service, no policy
