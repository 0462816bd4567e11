//! CloudFormation's names of types in plain words: `AWS::DynamoDB::GlobalTable` is a DynamoDB global table. By rule, with
//! the few exceptions that rules get wrong: a type that nobody has seen yet is still readable.

/// Services whose names are more than one word, or are written in their own way.
const SERVICES: &[(&str, &str)] = &[
    ("ApiGateway", "API Gateway"),
    ("ApiGatewayV2", "HTTP API"),
    ("AutoScaling", "Auto Scaling"),
    ("CertificateManager", "Certificate Manager"),
    ("EC2", "EC2"),
    ("ElasticLoadBalancingV2", "Load balancing"),
    ("Events", "EventBridge"),
    ("FIS", "FIS"),
    ("GlobalAccelerator", "Global Accelerator"),
    ("Logs", "CloudWatch Logs"),
    ("RDS", "Aurora"),
    ("Route53", "Route 53"),
    ("SSM", "Parameter Store"),
    ("SecretsManager", "Secrets Manager"),
];

/// Whole types that the rule would name badly.
const TYPES: &[(&str, &str)] = &[
    ("AWS::ApiGateway::RestApi", "REST API"),
    ("AWS::ApiGatewayV2::Api", "HTTP API"),
    ("AWS::AutoScaling::AutoScalingGroup", "Auto Scaling group"),
    ("AWS::EC2::EIP", "public address"),
    ("AWS::EC2::NatGateway", "NAT gateway"),
    ("AWS::EC2::VPC", "VPC"),
    ("AWS::EC2::VPCEndpoint", "VPC endpoint"),
    ("AWS::EC2::VPCGatewayAttachment", "gateway of a VPC"),
    ("AWS::EC2::VPCPeeringConnection", "VPC peering"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "load balancer"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "target group"),
    ("AWS::GlobalAccelerator::Accelerator", "accelerator"),
    ("AWS::IAM::Role", "IAM role"),
    ("AWS::KMS::Key", "KMS key"),
    ("AWS::Lambda::Function", "Lambda function"),
    ("AWS::Lambda::Url", "function URL"),
    ("AWS::Logs::LogGroup", "log group"),
    ("AWS::RDS::DBCluster", "Aurora cluster"),
    ("AWS::RDS::DBInstance", "Aurora instance"),
    ("AWS::RDS::GlobalCluster", "Aurora global cluster"),
    ("AWS::S3::Bucket", "S3 bucket"),
    ("AWS::SNS::Topic", "SNS topic"),
    ("AWS::SQS::Queue", "SQS queue"),
    ("AWS::SSM::Parameter", "parameter"),
    ("AWS::SecretsManager::Secret", "secret"),
];

/// In plain words; AWS's own name where it is no type of AWS's.
pub fn plain(resource_type: &str) -> String {
    if let Some((_, words)) = TYPES.iter().find(|(known, _)| *known == resource_type) {
        return (*words).to_owned();
    }
    let parts: Vec<&str> = resource_type.split("::").collect();
    let ["AWS", service, kind] = parts.as_slice() else { return resource_type.to_owned() };
    let service = SERVICES.iter().find(|(known, _)| known == service).map_or(*service, |(_, words)| words);
    format!("{service} {}", words(kind))
}

/// `HealthCheck` as `health check`, `DBSubnetGroup` as `DB subnet group`.
fn words(kind: &str) -> String {
    let letters: Vec<char> = kind.chars().collect();
    let mut text = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(index + 1);
        let is_upper = |letter: Option<&char>| letter.is_some_and(|letter| letter.is_uppercase());
        let begins = letter.is_uppercase() && index > 0 && (!is_upper(before) || after.is_some() && !is_upper(after));
        if begins {
            text.push(' ');
        }
        // Of a row of capitals each stays one: it is an abbreviation.
        let is_abbreviation = is_upper(after) || (is_upper(before) && after.is_none());
        if is_abbreviation { text.push(*letter) } else { text.extend(letter.to_lowercase()) }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_told_in_words() {
        for (name, words) in [
            ("AWS::DynamoDB::GlobalTable", "DynamoDB global table"),
            ("AWS::Route53::HealthCheck", "Route 53 health check"),
            ("AWS::RDS::DBSubnetGroup", "Aurora DB subnet group"),
            ("AWS::EC2::VPC", "VPC"),
            ("AWS::IAM::ManagedPolicy", "IAM managed policy"),
            ("AWS::New::ThingOfTime", "New thing of time"),
            ("Custom::Widget", "Custom::Widget"),
            ("AWS::CloudFormation::Stack::Odd", "AWS::CloudFormation::Stack::Odd"),
        ] {
            assert_eq!(plain(name), words);
        }
    }
}
