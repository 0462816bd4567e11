//! Answers as AWS gives them, for the operations that no emulator serves: the proxy puts them in the emulator's
//! place. Their shapes are those of AWS's service models and API reference.

use lifeboat_model::time::Timestamp;

use crate::it::proxy::Fault;

fn xml(body: &str) -> Fault {
    Fault::Reply { status: 200, content_type: "text/xml", body: format!("<?xml version=\"1.0\"?>\n{body}") }
}

/// `route53:TestDNSAnswer`: what Route 53 would say now.
pub(crate) fn dns_answer(name: &str, value: &str) -> Fault {
    xml(&format!(
        "<TestDNSAnswerResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
         <Nameserver>ns-2048.awsdns-64.com</Nameserver><RecordName>{name}.</RecordName><RecordType>CNAME</RecordType>\
         <RecordData><RecordDataEntry>{value}.</RecordDataEntry></RecordData><ResponseCode>NOERROR</ResponseCode>\
         <Protocol>UDP</Protocol></TestDNSAnswerResponse>"
    ))
}

/// `route53:GetHealthCheckStatus`: what each checker saw last.
pub(crate) fn checkers(passing: usize, failing: usize, at: Timestamp) -> Fault {
    let regions = [
        "us-east-1",
        "us-west-1",
        "us-west-2",
        "eu-west-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-northeast-1",
        "sa-east-1",
    ];
    let observation = |n: usize, status: &str| {
        format!(
            "<HealthCheckObservation><Region>{}</Region><IPAddress>192.0.2.{}</IPAddress><StatusReport>\
             <Status>{status}</Status><CheckedTime>{at:.3}</CheckedTime></StatusReport></HealthCheckObservation>",
            regions[n % regions.len()],
            n + 1
        )
    };
    let good = (0..passing).map(|n| observation(n, "Success: HTTP Status Code 200, OK"));
    let bad = (passing..passing + failing)
        .map(|n| observation(n, "Failure: Connection timed out. The endpoint or the internet connection is down"));
    let observations: String = good.chain(bad).collect();
    xml(&format!(
        "<GetHealthCheckStatusResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
         <HealthCheckObservations>{observations}</HealthCheckObservations></GetHealthCheckStatusResponse>"
    ))
}

/// `servicequotas:GetServiceQuota`: more than any test needs.
pub(crate) fn quota() -> Fault {
    let quota = serde_json::json!({ "Quota": {
        "ServiceCode": "any", "QuotaCode": "L-00000000", "QuotaName": "Whatever is asked for", "Value": 1000.0,
        "Adjustable": true, "GlobalQuota": false, "Unit": "None",
    } });
    Fault::Reply { status: 200, content_type: "application/x-amz-json-1.1", body: quota.to_string() }
}

/// `rds:DescribeGlobalClusters` in the middle of a switchover, with a state that the SDK's own list lacks.
pub(crate) fn switching_over(global_cluster: &str, writer: &str, target: &str) -> Fault {
    xml(&format!(
        "<DescribeGlobalClustersResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\">\
         <DescribeGlobalClustersResult><GlobalClusters><GlobalClusterMember>\
         <GlobalClusterIdentifier>{global_cluster}</GlobalClusterIdentifier>\
         <GlobalClusterArn>arn:aws:rds::123456789012:global-cluster:{global_cluster}</GlobalClusterArn>\
         <Status>switching-over</Status><Engine>aurora-postgresql</Engine><EngineVersion>16.8</EngineVersion>\
         <DeletionProtection>false</DeletionProtection><GlobalClusterMembers>\
         <GlobalClusterMember><DBClusterArn>{writer}</DBClusterArn><IsWriter>true</IsWriter><Readers>\
         <member>{target}</member></Readers></GlobalClusterMember>\
         <GlobalClusterMember><DBClusterArn>{target}</DBClusterArn><IsWriter>false</IsWriter><Readers/>\
         <SynchronizationStatus>re-synchronizing-someday</SynchronizationStatus></GlobalClusterMember>\
         </GlobalClusterMembers><FailoverState><Status>switching-over</Status>\
         <FromDbClusterArn>{writer}</FromDbClusterArn><ToDbClusterArn>{target}</ToDbClusterArn>\
         <IsDataLossAllowed>false</IsDataLossAllowed></FailoverState>\
         </GlobalClusterMember></GlobalClusters></DescribeGlobalClustersResult>\
         <ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>\
         </DescribeGlobalClustersResponse>"
    ))
}

/// `lambda:GetFunctionConcurrency` of a function with reserved concurrency.
pub(crate) fn function_concurrency(reserved: u32) -> Fault {
    let body = serde_json::json!({ "ReservedConcurrentExecutions": reserved }).to_string();
    Fault::Reply { status: 200, content_type: "application/json", body }
}

/// An accelerator with a listener and an endpoint group in each of two regions: the three answers of
/// `globalaccelerator:DescribeAccelerator`, `ListListeners` and `ListEndpointGroups`.
pub(crate) fn accelerator(arn: &str, regions: [&str; 2]) -> [(&'static str, Fault); 3] {
    let json = |body: serde_json::Value| Fault::Reply {
        status: 200,
        content_type: "application/x-amz-json-1.1",
        body: body.to_string(),
    };
    let listener = format!("{arn}/listener/0123abcd");
    let groups: Vec<_> = regions
        .iter()
        .map(|region| {
            serde_json::json!({
                "EndpointGroupArn": format!("{listener}/endpoint-group/{region}"),
                "EndpointGroupRegion": region,
                "TrafficDialPercentage": 100.0,
                "HealthCheckIntervalSeconds": 10,
                "ThresholdCount": 3,
                "EndpointDescriptions": [
                    { "EndpointId": format!("balancer-{region}"), "Weight": 128, "HealthState": "HEALTHY" }
                ],
            })
        })
        .collect();
    [
        (
            "DescribeAccelerator",
            json(serde_json::json!({ "Accelerator": {
                "AcceleratorArn": arn, "Name": "payments", "Enabled": true, "Status": "DEPLOYED",
                "DnsName": "a1234567890abcdef.awsglobalaccelerator.com",
                "IpSets": [{ "IpFamily": "IPv4", "IpAddresses": ["192.0.2.250", "198.51.100.250"] }],
            } })),
        ),
        ("ListListeners", json(serde_json::json!({ "Listeners": [{ "ListenerArn": listener, "Protocol": "TCP" }] }))),
        ("ListEndpointGroups", json(serde_json::json!({ "EndpointGroups": groups }))),
    ]
}
