/** The network of the seller's own task, as the plan has it. */
import { expect, test } from 'vitest'
import { Network } from '../../infra/network.ts'
import { listOf, planOf, REGION, resourceOf } from '../support/plan.ts'

const build = () => new Network('service-network')

test('two subnets lead out through one gateway, and there is no NAT to pay for', async () => {
  const plan = await planOf(build)

  expect(listOf(plan)).toEqual([
    'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup service-network-default-group',
    'aws:ec2/internetGateway:InternetGateway service-network-gateway',
    'aws:ec2/route:Route service-network-out',
    'aws:ec2/routeTable:RouteTable service-network-routes',
    'aws:ec2/routeTableAssociation:RouteTableAssociation service-network-association-1',
    'aws:ec2/routeTableAssociation:RouteTableAssociation service-network-association-2',
    'aws:ec2/subnet:Subnet service-network-subnet-1',
    'aws:ec2/subnet:Subnet service-network-subnet-2',
    'aws:ec2/vpc:Vpc service-network-vpc',
    'tollgate:infra:Network service-network',
  ])
  expect(resourceOf(plan, 'service-network-out').inputs).toEqual({
    routeTableId: 'service-network-routes-1a2b3c4',
    destinationCidrBlock: '0.0.0.0/0',
    gatewayId: 'service-network-gateway-1a2b3c4',
  })
})

test.each([
  [1, `${REGION}a`, '10.90.0.0/21'],
  [2, `${REGION}b`, '10.90.8.0/21'],
])('subnet %d is in a zone of its own and stays there', async (number, availabilityZone, cidrBlock) => {
  const subnet = resourceOf(await planOf(build), `service-network-subnet-${number}`)

  expect(subnet.inputs).toEqual({
    vpcId: 'vpc-service-network-vpc',
    cidrBlock,
    availabilityZone,
    mapPublicIpOnLaunch: false,
  })
  expect(subnet.ignoreChanges).toEqual(['availabilityZone'])
})

test("the VPC's own security group lets nothing in or out", async () => {
  const { inputs } = resourceOf(await planOf(build), 'service-network-default-group')
  expect(inputs).toEqual({ vpcId: 'vpc-service-network-vpc', ingress: [], egress: [] })
})

test('zones without Fargate, or without its ARM64, are not asked for', async () => {
  const asked: unknown[] = []
  await planOf(build, {
    invokes: {
      'aws:index/getAvailabilityZones:getAvailabilityZones': (args) => {
        asked.push(args)
        return { names: ['x', 'y'] }
      },
    },
  })
  expect(asked).toEqual([
    {
      state: 'available',
      filters: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
      excludeZoneIds: ['use1-az3', 'usw1-az2', 'apne1-az3'],
    },
  ])
})
