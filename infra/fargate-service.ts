/**
 * A task of the seller's own container in his own account: the test that AWS asks for before a version is published. Lets
 * nobody in; goes out by HTTPS alone.
 */
import * as aws from '@pulumi/aws'
import {
  ComponentResource,
  interpolate,
  jsonStringify,
  output,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi'
import type { ContainerProduct } from '../shared/seller.ts'
import { documentOf, textOf } from './document.ts'
import { Network } from './network.ts'
import { executionPolicy, taskPolicy, taskTrust } from './policies.ts'
import type { ServiceSettings } from './settings.ts'
import { containerDefinition, imageOf, VOLUMES } from './task-definition.ts'

export interface ServiceArgs {
  /** Counts without an agent, and has an image for the architecture: the settings are held to it. */
  readonly product: ContainerProduct
  readonly settings: ServiceSettings
  readonly repository: { readonly url: Input<string>; readonly arn: Input<string> }
  readonly account: string
  readonly region: string
  readonly logDays: number
}

/** Percent of the tasks' CPU that more or fewer of them keep up. */
const CPU_TARGET = 60

export class Service extends ComponentResource {
  constructor(name: string, args: ServiceArgs, options?: ComponentResourceOptions) {
    super('tollgate:infra:Service', name, {}, options)
    const child = { parent: this }
    const { product, settings } = args

    // CloudWatch encrypts it with its own key. The stack's key is another Region's, and no bill hangs on these lines.
    const logs = new aws.cloudwatch.LogGroup(`${name}-logs`, { retentionInDays: args.logDays }, child)
    const roles = this.roles(name, args, logs.arn)
    const network = this.network(name, settings)
    const cluster = new aws.ecs.Cluster(
      `${name}-cluster`,
      { settings: [{ name: 'containerInsights', value: 'disabled' }] },
      child,
    )
    const definition = new aws.ecs.TaskDefinition(
      `${name}-task`,
      {
        family: product.image.repository,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: settings.cpu,
        memory: settings.memory,
        runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: settings.architecture },
        taskRoleArn: roles.task.arn,
        executionRoleArn: roles.execution.arn,
        volumes: VOLUMES,
        containerDefinitions: jsonStringify([
          output({ url: args.repository.url, logGroup: logs.name }).apply(({ url, logGroup }) =>
            containerDefinition(
              { product, secrets: settings.secrets },
              { image: imageOf(url, settings.image), logGroup, region: args.region },
            ),
          ),
        ]),
      },
      child,
    )

    const service = new aws.ecs.Service(
      `${name}-service`,
      {
        cluster: cluster.arn,
        taskDefinition: definition.arn,
        launchType: 'FARGATE',
        desiredCount: settings.minTasks,
        deploymentCircuitBreaker: { enable: true, rollback: true },
        // The new tasks are healthy before the old ones end; each ends by SIGTERM and sends its part of the hour.
        deploymentMinimumHealthyPercent: 100,
        deploymentMaximumPercent: 200,
        enableEcsManagedTags: true,
        propagateTags: 'SERVICE',
        enableExecuteCommand: false,
        networkConfiguration: {
          subnets: network.subnetIds,
          securityGroups: [network.groupId],
          assignPublicIp: network.assignPublicIp,
        },
        // `up` ends when the tasks are healthy, or says that they are not.
        waitForSteadyState: true,
      },
      // Its number is the scaling's from then on. A task that starts before its rights stops again.
      { ...child, ignoreChanges: ['desiredCount'], dependsOn: [...roles.rights, ...network.routes] },
    )
    this.scaling(name, settings, cluster.name, service.name)

    this.registerOutputs({})
  }

  /** The task's role signs what its pricing calls; ECS's own, which no container sees, pulls, logs and reads secrets. */
  private roles(name: string, args: ServiceArgs, logGroupArn: Output<string>) {
    const child = { parent: this }
    const trust = { assumeRolePolicy: textOf(taskTrust({ account: args.account })) }
    const task = new aws.iam.Role(`${name}-task-role`, trust, child)
    const execution = new aws.iam.Role(`${name}-execution-role`, trust, child)
    const rights: Resource[] = [
      new aws.iam.RolePolicy(
        `${name}-execution`,
        {
          role: execution.name,
          policy: documentOf(
            {
              repositoryArn: args.repository.arn,
              logGroupArn,
              secretArns: Object.values(args.settings.secrets),
            },
            executionPolicy,
          ),
        },
        child,
      ),
    ]
    const calls = taskPolicy(args.product.pricing)
    if (calls !== null)
      rights.push(
        new aws.iam.RolePolicy(
          `${name}-${args.product.pricing}`,
          { role: task.name, policy: textOf(calls) },
          child,
        ),
      )
    return { task, execution, rights }
  }

  /** Subnets given lead out by themselves, by NAT or endpoints; those made here need an address of the internet's. */
  private network(name: string, { network }: ServiceSettings) {
    const made = network === null ? new Network(`${name}-network`, { parent: this }) : null
    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      {
        description: 'Out by HTTPS, nobody in',
        vpcId: made?.vpcId ?? network?.vpcId,
        // The VPC's resolver and a task's credentials answer without a rule.
        ingress: [],
        egress: [{ protocol: 'tcp', fromPort: 443, toPort: 443, cidrBlocks: ['0.0.0.0/0'] }],
      },
      { parent: this },
    )
    return {
      subnetIds: made?.subnetIds ?? [...(network?.subnetIds ?? [])],
      groupId: group.id,
      assignPublicIp: made !== null,
      routes: made === null ? [] : [made],
    }
  }

  private scaling(
    name: string,
    { minTasks, maxTasks }: ServiceSettings,
    cluster: Output<string>,
    service: Output<string>,
  ): void {
    const scaled = {
      serviceNamespace: 'ecs',
      scalableDimension: 'ecs:service:DesiredCount',
      resourceId: interpolate`service/${cluster}/${service}`,
    }
    const target = new aws.appautoscaling.Target(
      `${name}-tasks`,
      { ...scaled, minCapacity: minTasks, maxCapacity: maxTasks },
      { parent: this },
    )
    new aws.appautoscaling.Policy(
      `${name}-by-cpu`,
      {
        ...scaled,
        policyType: 'TargetTrackingScaling',
        targetTrackingScalingPolicyConfiguration: {
          predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
          targetValue: CPU_TARGET,
        },
      },
      { parent: this, dependsOn: [target] },
    )
  }
}
