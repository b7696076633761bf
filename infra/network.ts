/** A network for tasks that only go out: two public subnets in two zones, no NAT to pay for, nothing that lets anyone in. */
import * as aws from '@pulumi/aws'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'

/** 4 096 addresses, halved: Fargate takes one a task. */
const RANGE = '10.90.0.0/20'
const HALVES = ['10.90.0.0/21', '10.90.8.0/21'] as const

/**
 * Old zones by their id, for their letters differ by account: two have no Fargate, and use1-az3 has no Graviton for ARM64.
 * Source: ECS, "Supported Regions for Amazon ECS on AWS Fargate" (2026-11-22).
 */
const WITHOUT_FARGATE = ['use1-az3', 'usw1-az2', 'apne1-az3']

export class Network extends ComponentResource {
  readonly vpcId: Output<string>
  readonly subnetIds: Output<string>[]

  constructor(name: string, options?: ComponentResourceOptions) {
    super('tollgate:infra:Network', name, {}, options)
    const child = { parent: this }

    const vpc = new aws.ec2.Vpc(
      `${name}-vpc`,
      { cidrBlock: RANGE, enableDnsSupport: true, tags: { Name: name } },
      child,
    )
    // The group that AWS makes with each VPC lets its members in and everything out: without rules it is of no use to anyone.
    new aws.ec2.DefaultSecurityGroup(
      `${name}-default-group`,
      { vpcId: vpc.id, ingress: [], egress: [] },
      child,
    )
    const gateway = new aws.ec2.InternetGateway(`${name}-gateway`, { vpcId: vpc.id }, child)
    const table = new aws.ec2.RouteTable(`${name}-routes`, { vpcId: vpc.id }, child)
    new aws.ec2.Route(
      `${name}-out`,
      { routeTableId: table.id, destinationCidrBlock: '0.0.0.0/0', gatewayId: gateway.id },
      child,
    )

    // Zones that every account has: no Local Zone, which has no Fargate.
    const zones = aws.getAvailabilityZonesOutput(
      {
        state: 'available',
        filters: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
        excludeZoneIds: WITHOUT_FARGATE,
      },
      child,
    )
    this.subnetIds = HALVES.map((cidrBlock, i) => {
      const subnet = new aws.ec2.Subnet(
        `${name}-subnet-${i + 1}`,
        {
          vpcId: vpc.id,
          cidrBlock,
          availabilityZone: zones.names.apply((names) => names[i]),
          mapPublicIpOnLaunch: false,
        },
        // A zone that AWS opens or closes later must not move the subnets that stand.
        { ...child, ignoreChanges: ['availabilityZone'] },
      )
      new aws.ec2.RouteTableAssociation(
        `${name}-association-${i + 1}`,
        { subnetId: subnet.id, routeTableId: table.id },
        child,
      )
      return subnet.id
    })
    this.vpcId = vpc.id
    this.registerOutputs({ vpcId: this.vpcId, subnetIds: this.subnetIds })
  }
}
