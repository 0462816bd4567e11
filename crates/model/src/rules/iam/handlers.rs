//! What CloudFormation does in its caller's name for each type of resource that the built-in templates hold: to make it, to
//! look at it, to change it, to take it away and to list its kind, as CloudFormation's own schema of the type says
//! (`handlers`, `permissions`; as of November 2026, in us-east-1, us-east-2 and us-west-2). Written from these schemas
//! as they are, so that a next reading can be compared; AWS's own stars are kept.

/// By type, in order; the actions are parted by spaces.
const ACTIONS: &[(&str, &str)] = &[
    ("AWS::ApiGateway::BasePathMapping", "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST"),
    ("AWS::ApiGateway::Deployment", "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:PUT"),
    ("AWS::ApiGateway::DomainName", "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:PUT"),
    ("AWS::ApiGateway::Method", "apigateway:DELETE apigateway:GET apigateway:PUT iam:PassRole"),
    ("AWS::ApiGateway::Resource", "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST"),
    (
        "AWS::ApiGateway::RestApi",
        "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:PUT \
         apigateway:UpdateRestApiPolicy iam:PassRole s3:GetObject",
    ),
    ("AWS::ApiGateway::Stage", "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:PUT"),
    (
        "AWS::ApiGatewayV2::Api",
        "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:PUT s3:GetObject",
    ),
    (
        "AWS::ApiGatewayV2::ApiMapping",
        "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:PUT",
    ),
    (
        "AWS::ApiGatewayV2::DomainName",
        "apigateway:AddCertificateToDomain apigateway:DELETE apigateway:GET apigateway:PATCH \
         apigateway:POST apigateway:PUT apigateway:RemoveCertificateFromDomain s3:GetObject \
         s3:GetObjectVersion",
    ),
    (
        "AWS::ApiGatewayV2::Integration",
        "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:PUT iam:PassRole",
    ),
    ("AWS::ApiGatewayV2::Route", "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:PUT"),
    (
        "AWS::ApiGatewayV2::Stage",
        "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:TagResource \
         apigateway:UntagResource",
    ),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        "autoscaling:AttachLoadBalancerTargetGroups autoscaling:AttachLoadBalancers \
         autoscaling:AttachTrafficSources autoscaling:CancelInstanceRefresh \
         autoscaling:CreateAutoScalingGroup autoscaling:CreateOrUpdateTags \
         autoscaling:DeleteAutoScalingGroup autoscaling:DeleteLifecycleHook \
         autoscaling:DeleteNotificationConfiguration autoscaling:DeleteTags autoscaling:Describe* \
         autoscaling:DetachLoadBalancerTargetGroups autoscaling:DetachLoadBalancers \
         autoscaling:DetachTrafficSources autoscaling:DisableMetricsCollection \
         autoscaling:EnableMetricsCollection autoscaling:PutLifecycleHook \
         autoscaling:PutNotificationConfiguration autoscaling:ResumeProcesses \
         autoscaling:StartInstanceRefresh autoscaling:SuspendProcesses autoscaling:UpdateAutoScalingGroup \
         cloudwatch:PutMetricAlarm ec2:Describe* ec2:Get* ec2:RunInstances elasticloadbalancing:Describe* \
         iam:CreateServiceLinkedRole iam:PassRole managed-fleets:CreateAutoScalingGroup \
         managed-fleets:DeleteAutoScalingGroup managed-fleets:DeregisterAutoScalingGroup \
         managed-fleets:Get* managed-fleets:RegisterAutoScalingGroup managed-fleets:UpdateAutoScalingGroup \
         ssm:Get* vpc-lattice:DeregisterTargets vpc-lattice:GetTargetGroup vpc-lattice:ListTargets \
         vpc-lattice:RegisterTargets",
    ),
    (
        "AWS::Backup::BackupPlan",
        "backup:CreateBackupPlan backup:DeleteBackupPlan backup:GetBackupPlan backup:ListBackupPlans \
         backup:ListTags backup:TagResource backup:UntagResource backup:UpdateBackupPlan iam:PassRole",
    ),
    (
        "AWS::Backup::BackupSelection",
        "backup:CreateBackupSelection backup:DeleteBackupSelection backup:GetBackupSelection \
         backup:ListBackupPlans backup:ListBackupSelections iam:CreateServiceLinkedRole iam:GetRole \
         iam:PassRole",
    ),
    (
        "AWS::Backup::BackupVault",
        "backup-storage:Mount backup-storage:MountCapsule backup:CreateBackupVault backup:DeleteBackupVault \
         backup:DeleteBackupVaultAccessPolicy backup:DeleteBackupVaultLockConfiguration \
         backup:DeleteBackupVaultNotifications backup:DescribeBackupVault backup:GetBackupVaultAccessPolicy \
         backup:GetBackupVaultNotifications backup:ListBackupVaults backup:ListTags \
         backup:PutBackupVaultAccessPolicy backup:PutBackupVaultLockConfiguration \
         backup:PutBackupVaultNotifications backup:TagResource backup:UntagResource kms:CreateGrant \
         kms:Decrypt kms:DescribeKey kms:GenerateDataKey kms:RetireGrant",
    ),
    (
        "AWS::Backup::RestoreTestingPlan",
        "backup:CreateRestoreTestingPlan backup:DeleteRestoreTestingPlan backup:GetRestoreTestingPlan \
         backup:ListRestoreTestingPlans backup:ListTags backup:TagResource backup:UntagResource \
         backup:UpdateRestoreTestingPlan iam:CreateServiceLinkedRole",
    ),
    (
        "AWS::Backup::RestoreTestingSelection",
        "backup:CreateRestoreTestingSelection backup:DeleteRestoreTestingSelection \
         backup:GetRestoreTestingSelection backup:ListRestoreTestingPlans \
         backup:ListRestoreTestingSelections backup:UpdateRestoreTestingSelection iam:PassRole",
    ),
    (
        "AWS::Budgets::Budget",
        "billing:GetBillingViewData budgets:ListTagsForResource budgets:ModifyBudget budgets:TagResource \
         budgets:UntagResource budgets:ViewBudget",
    ),
    (
        "AWS::CloudWatch::Alarm",
        "cloudwatch:DeleteAlarms cloudwatch:DescribeAlarms cloudwatch:ListTagsForResource \
         cloudwatch:PutMetricAlarm cloudwatch:TagResource cloudwatch:UntagResource",
    ),
    (
        "AWS::CloudWatch::Dashboard",
        "cloudwatch:DeleteDashboards cloudwatch:GetDashboard cloudwatch:ListDashboards \
         cloudwatch:ListTagsForResource cloudwatch:PutDashboard cloudwatch:TagResource \
         cloudwatch:UntagResource",
    ),
    (
        "AWS::CodeDeploy::Application",
        "codedeploy:CreateApplication codedeploy:DeleteApplication codedeploy:GetApplication \
         codedeploy:ListApplications codedeploy:ListTagsForResource codedeploy:TagResource \
         codedeploy:UntagResource",
    ),
    (
        "AWS::CodeDeploy::DeploymentGroup",
        "codedeploy:CreateDeployment codedeploy:CreateDeploymentGroup codedeploy:DeleteDeploymentGroup \
         codedeploy:GetApplicationRevision codedeploy:GetDeployment codedeploy:GetDeploymentConfig \
         codedeploy:GetDeploymentGroup codedeploy:ListDeploymentGroups codedeploy:ListDeployments \
         codedeploy:ListTagsForResource codedeploy:RegisterApplicationRevision \
         codedeploy:RegisterOnPremisesInstance codedeploy:StopDeployment codedeploy:TagResource \
         codedeploy:UntagResource codedeploy:UpdateDeploymentGroup iam:PassRole",
    ),
    (
        "AWS::DynamoDB::GlobalTable",
        "application-autoscaling:DeleteScalingPolicy application-autoscaling:DeleteScheduledAction \
         application-autoscaling:DeregisterScalableTarget application-autoscaling:Describe* \
         application-autoscaling:PutScalingPolicy application-autoscaling:PutScheduledAction \
         application-autoscaling:RegisterScalableTarget cloudwatch:PutMetricData dynamodb:BatchWriteItem \
         dynamodb:CreateTable dynamodb:CreateTableReplica dynamodb:DeleteItem dynamodb:DeleteResourcePolicy \
         dynamodb:DeleteTable dynamodb:DeleteTableReplica dynamodb:Describe* \
         dynamodb:DisableKinesisStreamingDestination dynamodb:DisassociateTableReplica \
         dynamodb:EnableKinesisStreamingDestination dynamodb:GetItem dynamodb:GetResourcePolicy \
         dynamodb:ListTables dynamodb:ListTagsOfResource dynamodb:PutItem dynamodb:PutResourcePolicy \
         dynamodb:Query dynamodb:Scan dynamodb:TagResource dynamodb:UntagResource \
         dynamodb:UpdateContinuousBackups dynamodb:UpdateContributorInsights dynamodb:UpdateItem \
         dynamodb:UpdateKinesisStreamingDestination dynamodb:UpdateTable \
         dynamodb:UpdateTableReplicaAutoScaling dynamodb:UpdateTimeToLive iam:CreateServiceLinkedRole \
         kinesis:DescribeStream kinesis:ListStreams kinesis:PutRecords kms:CreateGrant kms:Decrypt \
         kms:DescribeKey kms:ListAliases kms:RevokeGrant",
    ),
    (
        "AWS::EC2::EIP",
        "ec2:AcceptAddressTransfer ec2:AllocateAddress ec2:AssociateAddress ec2:CreateTags ec2:DeleteTags \
         ec2:DescribeAddresses ec2:DisassociateAddress ec2:ReleaseAddress",
    ),
    (
        "AWS::EC2::InternetGateway",
        "ec2:CreateInternetGateway ec2:CreateTags ec2:DeleteInternetGateway ec2:DeleteTags \
         ec2:DescribeInternetGateways",
    ),
    (
        "AWS::EC2::LaunchTemplate",
        "ec2:CreateLaunchTemplate ec2:CreateLaunchTemplateVersion ec2:CreateTags ec2:DeleteLaunchTemplate \
         ec2:DeleteTags ec2:DescribeLaunchTemplates",
    ),
    (
        "AWS::EC2::NatGateway",
        "ec2:AssignPrivateNatGatewayAddress ec2:AssociateNatGatewayAddress ec2:CreateNatGateway \
         ec2:CreateTags ec2:DeleteNatGateway ec2:DeleteTags ec2:DescribeNatGateways \
         ec2:DisassociateNatGatewayAddress ec2:UnassignPrivateNatGatewayAddress",
    ),
    (
        "AWS::EC2::Route",
        "ec2:CreateRoute ec2:DeleteRoute ec2:DescribeNetworkInterfaces ec2:DescribeRouteTables \
         ec2:ReplaceRoute",
    ),
    (
        "AWS::EC2::RouteTable",
        "ec2:CreateRouteTable ec2:CreateTags ec2:DeleteRouteTable ec2:DeleteTags ec2:DescribeRouteTables",
    ),
    (
        "AWS::EC2::SecurityGroup",
        "ec2:AuthorizeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress ec2:CreateSecurityGroup \
         ec2:CreateTags ec2:DeleteSecurityGroup ec2:DeleteTags ec2:DescribeInstances \
         ec2:DescribeSecurityGroups ec2:RevokeSecurityGroupEgress ec2:RevokeSecurityGroupIngress \
         ec2:UpdateSecurityGroupRuleDescriptionsEgress ec2:UpdateSecurityGroupRuleDescriptionsIngress",
    ),
    (
        "AWS::EC2::Subnet",
        "ec2:AssociateSubnetCidrBlock ec2:CreateSubnet ec2:CreateTags ec2:DeleteSubnet ec2:DeleteTags \
         ec2:DescribeNetworkAcls ec2:DescribeSubnets ec2:DisassociateSubnetCidrBlock \
         ec2:ModifySubnetAttribute",
    ),
    (
        "AWS::EC2::SubnetRouteTableAssociation",
        "ec2:AssociateRouteTable ec2:DescribeRouteTables ec2:DescribeSubnets ec2:DisassociateRouteTable \
         ec2:ReplaceRouteTableAssociation",
    ),
    (
        "AWS::EC2::VPC",
        "ec2:CreateTags ec2:CreateVpc ec2:CreateVpcEncryptionControl ec2:DeleteTags ec2:DeleteVpc \
         ec2:DescribeNetworkAcls ec2:DescribeSecurityGroups ec2:DescribeVpcAttribute \
         ec2:DescribeVpcEncryptionControls ec2:DescribeVpcs ec2:ModifyVpcAttribute ec2:ModifyVpcTenancy",
    ),
    (
        "AWS::EC2::VPCEndpoint",
        "ec2:CreateTags ec2:CreateVpcEndpoint ec2:DeleteTags ec2:DeleteVpcEndpoints \
         ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcEndpoints ec2:DescribeVpcs \
         ec2:ModifyVpcEndpoint vpc-lattice:CreateServiceNetworkVpcEndpointAssociation \
         vpc-lattice:DescribeServiceNetworkVpcEndpointAssociation vpce:AllowMultiRegion",
    ),
    (
        "AWS::EC2::VPCGatewayAttachment",
        "ec2:AttachInternetGateway ec2:AttachVpnGateway ec2:DescribeInternetGateways \
         ec2:DescribeVpnGateways ec2:DetachInternetGateway ec2:DetachVpnGateway",
    ),
    (
        "AWS::EC2::VPCPeeringConnection",
        "ec2:AcceptVpcPeeringConnection ec2:CreateTags ec2:CreateVpcPeeringConnection ec2:DeleteTags \
         ec2:DeleteVpcPeeringConnection ec2:DescribeVpcPeeringConnections \
         ec2:ModifyVpcPeeringConnectionOptions sts:AssumeRole",
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        "cognito-idp:DescribeUserPoolClient elasticloadbalancing:AddTags \
         elasticloadbalancing:CreateListener elasticloadbalancing:DeleteListener \
         elasticloadbalancing:DescribeListenerAttributes elasticloadbalancing:DescribeListeners \
         elasticloadbalancing:DescribeTags elasticloadbalancing:ModifyListener \
         elasticloadbalancing:ModifyListenerAttributes elasticloadbalancing:RemoveTags",
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "ec2:DescribeIpamPools elasticloadbalancing:AddTags elasticloadbalancing:CreateLoadBalancer \
         elasticloadbalancing:DeleteLoadBalancer elasticloadbalancing:DescribeCapacityReservation \
         elasticloadbalancing:DescribeLoadBalancerAttributes elasticloadbalancing:DescribeLoadBalancers \
         elasticloadbalancing:DescribeTags elasticloadbalancing:ModifyCapacityReservation \
         elasticloadbalancing:ModifyIpPools elasticloadbalancing:ModifyLoadBalancerAttributes \
         elasticloadbalancing:RemoveTags elasticloadbalancing:SetIpAddressType \
         elasticloadbalancing:SetSecurityGroups elasticloadbalancing:SetSubnets",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "ec2:DescribeVpcs elasticloadbalancing:AddTags elasticloadbalancing:CreateTargetGroup \
         elasticloadbalancing:DeleteTargetGroup elasticloadbalancing:DeregisterTargets \
         elasticloadbalancing:DescribeTags elasticloadbalancing:DescribeTargetGroupAttributes \
         elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeTargetHealth \
         elasticloadbalancing:ModifyTargetGroup elasticloadbalancing:ModifyTargetGroupAttributes \
         elasticloadbalancing:RegisterTargets elasticloadbalancing:RemoveTags",
    ),
    (
        "AWS::Events::Endpoint",
        "events:CreateEndpoint events:DeleteEndpoint events:DescribeEndpoint events:ListEndpoints \
         events:UpdateEndpoint iam:PassRole route53:GetHealthCheck",
    ),
    (
        "AWS::Events::EventBus",
        "events:CreateEventBus events:DeleteEventBus events:DescribeEventBus events:ListEventBuses \
         events:ListTagsForResource events:PutPermission events:RemovePermission events:TagResource \
         events:UntagResource events:UpdateEventBus kms:Decrypt kms:DescribeKey kms:Encrypt \
         kms:GenerateDataKey kms:GenerateDataKeyWithoutPlaintext kms:ReEncrypt kms:ReEncryptFrom \
         kms:ReEncryptTo",
    ),
    (
        "AWS::Events::Rule",
        "events:DeleteRule events:DescribeRule events:ListRules events:ListTagsForResource \
         events:ListTargetsByRule events:PutRule events:PutTargets events:RemoveTargets events:TagResource \
         events:UntagResource iam:PassRole",
    ),
    (
        "AWS::FIS::ExperimentTemplate",
        "fis:CreateExperimentTemplate fis:DeleteExperimentTemplate fis:GetExperimentTemplate \
         fis:ListExperimentTemplates fis:ListTagsForResource fis:TagResource fis:UntagResource \
         fis:UpdateExperimentTemplate iam:PassRole",
    ),
    (
        "AWS::GlobalAccelerator::Accelerator",
        "globalaccelerator:CreateAccelerator globalaccelerator:DeleteAccelerator \
         globalaccelerator:DescribeAccelerator globalaccelerator:DescribeAcceleratorAttributes \
         globalaccelerator:ListAccelerators globalaccelerator:ListTagsForResource \
         globalaccelerator:TagResource globalaccelerator:UntagResource globalaccelerator:UpdateAccelerator \
         globalaccelerator:UpdateAcceleratorAttributes logs:CreateLogDelivery logs:DeleteLogDelivery \
         s3:GetBucketPolicy s3:PutBucketPolicy",
    ),
    (
        "AWS::GlobalAccelerator::EndpointGroup",
        "globalaccelerator:CreateEndpointGroup globalaccelerator:DeleteEndpointGroup \
         globalaccelerator:DescribeAccelerator globalaccelerator:DescribeEndpointGroup \
         globalaccelerator:DescribeListener globalaccelerator:ListAccelerators \
         globalaccelerator:ListEndpointGroups globalaccelerator:ListListeners \
         globalaccelerator:UpdateEndpointGroup",
    ),
    (
        "AWS::GlobalAccelerator::Listener",
        "globalaccelerator:CreateListener globalaccelerator:DeleteListener \
         globalaccelerator:DescribeAccelerator globalaccelerator:DescribeListener \
         globalaccelerator:ListListeners globalaccelerator:UpdateListener",
    ),
    (
        "AWS::IAM::InstanceProfile",
        "iam:AddRoleToInstanceProfile iam:CreateInstanceProfile iam:DeleteInstanceProfile \
         iam:GetInstanceProfile iam:ListInstanceProfiles iam:PassRole iam:RemoveRoleFromInstanceProfile",
    ),
    (
        "AWS::IAM::Role",
        "iam:AttachRolePolicy iam:CreateRole iam:DeleteRole iam:DeleteRolePermissionsBoundary \
         iam:DeleteRolePolicy iam:DetachRolePolicy iam:GetRole iam:GetRolePolicy \
         iam:ListAttachedRolePolicies iam:ListRolePolicies iam:ListRoles iam:PutRolePermissionsBoundary \
         iam:PutRolePolicy iam:TagRole iam:UntagRole iam:UpdateAssumeRolePolicy iam:UpdateRole \
         iam:UpdateRoleDescription",
    ),
    ("AWS::KMS::Alias", "kms:CreateAlias kms:DeleteAlias kms:ListAliases kms:UpdateAlias"),
    (
        "AWS::KMS::Key",
        "kms:CreateKey kms:DescribeKey kms:DisableKey kms:DisableKeyRotation kms:EnableKey \
         kms:EnableKeyRotation kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListKeys kms:ListResourceTags \
         kms:PutKeyPolicy kms:ScheduleKeyDeletion kms:TagResource kms:UntagResource \
         kms:UpdateKeyDescription",
    ),
    (
        "AWS::Lambda::Alias",
        "codedeploy:CreateDeployment codedeploy:GetDeployment codedeploy:GetDeploymentConfig \
         codedeploy:GetDeploymentGroup codedeploy:StopDeployment lambda:CreateAlias lambda:DeleteAlias \
         lambda:DeleteProvisionedConcurrencyConfig lambda:GetAlias lambda:GetProvisionedConcurrencyConfig \
         lambda:ListAliases lambda:PutProvisionedConcurrencyConfig lambda:UpdateAlias",
    ),
    (
        "AWS::Lambda::Function",
        "ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs \
         elasticfilesystem:DescribeMountTargets iam:PassRole kms:CreateGrant kms:Decrypt kms:DescribeKey \
         kms:Encrypt kms:GenerateDataKey lambda:AssociateRuntimeAlias lambda:CreateFunction \
         lambda:DeleteFunction lambda:DeleteFunctionCodeSigningConfig lambda:DeleteFunctionConcurrency \
         lambda:GetCodeSigningConfig lambda:GetFunction lambda:GetFunctionCodeSigningConfig \
         lambda:GetFunctionRecursionConfig lambda:GetFunctionScalingConfig lambda:GetLayerVersion \
         lambda:GetRuntimeManagementConfig lambda:ListFunctions lambda:PassCapacityProvider \
         lambda:PublishVersion lambda:PutFunctionCodeSigningConfig lambda:PutFunctionConcurrency \
         lambda:PutFunctionRecursionConfig lambda:PutFunctionScalingConfig \
         lambda:PutRuntimeManagementConfig lambda:TagResource lambda:UntagResource \
         lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration s3:GetObject s3:GetObjectVersion \
         s3files:ListMountTargets",
    ),
    ("AWS::Lambda::Permission", "lambda:AddPermission lambda:GetPolicy lambda:RemovePermission"),
    (
        "AWS::Lambda::Url",
        "lambda:CreateFunctionUrlConfig lambda:DeleteFunctionUrlConfig lambda:GetFunctionUrlConfig \
         lambda:ListFunctionUrlConfigs lambda:UpdateFunctionUrlConfig",
    ),
    (
        "AWS::Lambda::Version",
        "lambda:DeleteFunction lambda:GetFunctionConfiguration lambda:GetFunctionScalingConfig \
         lambda:GetProvisionedConcurrencyConfig lambda:GetRuntimeManagementConfig \
         lambda:ListVersionsByFunction lambda:PublishVersion lambda:PutFunctionScalingConfig \
         lambda:PutProvisionedConcurrencyConfig lambda:PutRuntimeManagementConfig",
    ),
    (
        "AWS::Logs::LogGroup",
        "firehose:TagDeliveryStream logs:AssociateKmsKey logs:CreateLogDelivery logs:CreateLogGroup \
         logs:DeleteDataProtectionPolicy logs:DeleteIndexPolicy logs:DeleteLogGroup \
         logs:DeleteResourcePolicy logs:DeleteRetentionPolicy logs:DescribeIndexPolicies \
         logs:DescribeLogGroups logs:DescribeResourcePolicies logs:DisassociateKmsKey \
         logs:GetDataProtectionPolicy logs:ListTagsForResource logs:PutBearerTokenAuthentication \
         logs:PutDataProtectionPolicy logs:PutIndexPolicy logs:PutLogGroupDeletionProtection \
         logs:PutResourcePolicy logs:PutRetentionPolicy logs:TagResource logs:UntagResource \
         s3:REST.PUT.OBJECT",
    ),
    (
        "AWS::RDS::DBCluster",
        "ec2:DescribeSecurityGroups iam:CreateServiceLinkedRole iam:PassRole rds:AddRoleToDBCluster \
         rds:AddTagsToResource rds:CreateDBCluster rds:CreateDBClusterSnapshot rds:CreateDBInstance \
         rds:DeleteDBCluster rds:DeleteDBInstance rds:DescribeDBClusterAutomatedBackups \
         rds:DescribeDBClusterSnapshots rds:DescribeDBClusters rds:DescribeDBSnapshots \
         rds:DescribeDBSubnetGroups rds:DescribeEvents rds:DescribeGlobalClusters rds:DisableHttpEndpoint \
         rds:EnableHttpEndpoint rds:ModifyDBCluster rds:ModifyDBInstance rds:RemoveFromGlobalCluster \
         rds:RemoveRoleFromDBCluster rds:RemoveTagsFromResource rds:RestoreDBClusterFromSnapshot \
         rds:RestoreDBClusterToPointInTime secretsmanager:CreateSecret secretsmanager:TagResource",
    ),
    (
        "AWS::RDS::DBInstance",
        "ec2:DescribeAccountAttributes ec2:DescribeAvailabilityZones ec2:DescribeInternetGateways \
         ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcAttribute ec2:DescribeVpcs \
         iam:CreateServiceLinkedRole iam:GetRole iam:ListRoles iam:PassRole kms:CreateGrant kms:DescribeKey \
         rds:AddRoleToDBInstance rds:AddTagsToResource rds:CreateDBInstance rds:CreateDBInstanceReadReplica \
         rds:CreateDBSnapshot rds:DeleteDBInstance rds:DescribeDBClusterSnapshots rds:DescribeDBClusters \
         rds:DescribeDBEngineVersions rds:DescribeDBInstanceAutomatedBackups rds:DescribeDBInstances \
         rds:DescribeDBParameterGroups rds:DescribeDBSnapshots rds:DescribeEvents rds:ModifyDBInstance \
         rds:PromoteReadReplica rds:RebootDBInstance rds:RemoveRoleFromDBInstance \
         rds:RemoveTagsFromResource rds:RestoreDBInstanceFromDBSnapshot rds:RestoreDBInstanceToPointInTime \
         rds:StartDBInstanceAutomatedBackupsReplication rds:StopDBInstanceAutomatedBackupsReplication \
         secretsmanager:CreateSecret secretsmanager:TagResource",
    ),
    (
        "AWS::RDS::DBSubnetGroup",
        "iam:CreateServiceLinkedRole rds:AddTagsToResource rds:CreateDBSubnetGroup rds:DeleteDBSubnetGroup \
         rds:DescribeDBSubnetGroups rds:ListTagsForResource rds:ModifyDBSubnetGroup \
         rds:RemoveTagsFromResource",
    ),
    (
        "AWS::RDS::GlobalCluster",
        "rds:AddTagsToResource rds:CreateGlobalCluster rds:DeleteGlobalCluster rds:DescribeDBClusters \
         rds:DescribeGlobalClusters rds:ListTagsForResource rds:ModifyGlobalCluster \
         rds:RemoveFromGlobalCluster rds:RemoveTagsFromResource",
    ),
    (
        "AWS::Route53::HealthCheck",
        "cloudwatch:DescribeAlarms route53-recovery-control-config:DescribeRoutingControl \
         route53:ChangeTagsForResource route53:CreateHealthCheck route53:DeleteHealthCheck \
         route53:GetHealthCheck route53:ListHealthChecks route53:ListTagsForResource \
         route53:UpdateHealthCheck",
    ),
    (
        "AWS::Route53::HostedZone",
        "ec2:DescribeVpcs route53:AssociateVPCWithHostedZone route53:ChangeTagsForResource \
         route53:CreateHostedZone route53:CreateQueryLoggingConfig route53:DeleteHostedZone \
         route53:DeleteQueryLoggingConfig route53:DisassociateVPCFromHostedZone route53:GetChange \
         route53:GetHostedZone route53:ListHostedZones route53:ListQueryLoggingConfigs \
         route53:ListTagsForResource route53:UpdateHostedZoneComment route53:UpdateHostedZoneFeatures",
    ),
    (
        "AWS::Route53::RecordSet",
        "route53:ChangeResourceRecordSets route53:GetChange route53:GetHostedZone route53:ListHostedZones \
         route53:ListResourceRecordSets",
    ),
    (
        "AWS::S3::Bucket",
        "iam:PassRole s3:CreateBucket s3:CreateBucketMetadataTableConfiguration s3:DeleteBucket \
         s3:DeleteBucketAnalyticsConfiguration s3:DeleteBucketCors s3:DeleteBucketEncryption \
         s3:DeleteBucketLifecycle s3:DeleteBucketMetadataTableConfiguration \
         s3:DeleteBucketMetricsConfiguration s3:DeleteBucketReplication s3:DeleteBucketWebsite \
         s3:DeleteObject s3:GetAccelerateConfiguration s3:GetAnalyticsConfiguration s3:GetBucketAbac \
         s3:GetBucketAcl s3:GetBucketCORS s3:GetBucketLogging s3:GetBucketMetadataTableConfiguration \
         s3:GetBucketNotification s3:GetBucketObjectLockConfiguration s3:GetBucketOwnershipControls \
         s3:GetBucketPublicAccessBlock s3:GetBucketTagging s3:GetBucketVersioning s3:GetBucketWebsite \
         s3:GetEncryptionConfiguration s3:GetIntelligentTieringConfiguration s3:GetInventoryConfiguration \
         s3:GetLifecycleConfiguration s3:GetMetricsConfiguration s3:GetReplicationConfiguration \
         s3:ListAllMyBuckets s3:ListBucket s3:ListTagsForResource s3:PutAccelerateConfiguration \
         s3:PutAnalyticsConfiguration s3:PutBucketAbac s3:PutBucketAcl s3:PutBucketCORS s3:PutBucketLogging \
         s3:PutBucketNotification s3:PutBucketObjectLockConfiguration s3:PutBucketOwnershipControls \
         s3:PutBucketPublicAccessBlock s3:PutBucketReplication s3:PutBucketTagging s3:PutBucketVersioning \
         s3:PutBucketWebsite s3:PutEncryptionConfiguration s3:PutIntelligentTieringConfiguration \
         s3:PutInventoryConfiguration s3:PutLifecycleConfiguration s3:PutMetricsConfiguration \
         s3:PutObjectAcl s3:PutObjectLockConfiguration s3:PutReplicationConfiguration s3:TagResource \
         s3:UntagResource s3:UpdateBucketMetadataAnnotationTableConfiguration \
         s3:UpdateBucketMetadataInventoryTableConfiguration \
         s3:UpdateBucketMetadataJournalTableConfiguration s3tables:CreateNamespace s3tables:CreateTable \
         s3tables:CreateTableBucket s3tables:GetTable s3tables:GetTableMetadataLocation \
         s3tables:PutTableBucketPolicy s3tables:PutTableEncryption s3tables:PutTablePolicy \
         s3tables:UpdateTableMetadataLocation",
    ),
    (
        "AWS::SNS::Subscription",
        "iam:GetRole iam:PassRole sns:GetSubscriptionAttributes sns:ListSubscriptions \
         sns:SetSubscriptionAttributes sns:Subscribe sns:Unsubscribe",
    ),
    (
        "AWS::SNS::Topic",
        "iam:GetRole iam:PassRole sns:CreateTopic sns:DeleteTopic sns:GetDataProtectionPolicy \
         sns:GetTopicAttributes sns:ListSubscriptionsByTopic sns:ListTagsForResource sns:ListTopics \
         sns:PutDataProtectionPolicy sns:SetTopicAttributes sns:Subscribe sns:TagResource sns:Unsubscribe \
         sns:UntagResource",
    ),
    ("AWS::SNS::TopicPolicy", "sns:SetTopicAttributes"),
    (
        "AWS::SSM::Parameter",
        "ssm:AddTagsToResource ssm:DeleteParameter ssm:DescribeParameters ssm:GetParameters \
         ssm:ListTagsForResource ssm:PutParameter ssm:RemoveTagsFromResource",
    ),
    (
        "AWS::SecretsManager::Secret",
        "secretsmanager:CreateSecret secretsmanager:DeleteSecret secretsmanager:DescribeSecret \
         secretsmanager:GetRandomPassword secretsmanager:GetSecretValue secretsmanager:ListSecrets \
         secretsmanager:RemoveRegionsFromReplication secretsmanager:ReplicateSecretToRegions \
         secretsmanager:TagResource secretsmanager:UntagResource secretsmanager:UpdateSecret",
    ),
];

/// The actions of a type; `None` for a type that is not in the table.
pub(super) fn actions(resource_type: &str) -> Option<impl Iterator<Item = &'static str> + use<>> {
    let (_, actions) = ACTIONS.iter().find(|(known, _)| *known == resource_type)?;
    Some(actions.split_whitespace())
}

/// Every type of the table.
pub(super) fn types() -> impl Iterator<Item = &'static str> {
    ACTIONS.iter().map(|(known, _)| *known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_own_actions_once() {
        let types: Vec<&str> = types().collect();
        assert!(types.is_sorted() && types.windows(2).all(|pair| pair[0] != pair[1]), "{types:?}");
        for kind in types {
            let actions: Vec<&str> = actions(kind).unwrap().collect();
            assert!(!actions.is_empty(), "{kind}");
            for action in actions {
                let (service, verb) = action.split_once(':').unwrap_or_default();
                assert!(!service.is_empty() && verb.starts_with(|c: char| c.is_ascii_uppercase()), "{kind}: {action}");
            }
        }
        assert!(actions("AWS::Nothing::AtAll").is_none());
    }
}
