/** Mail to buyers by SES: the sender's domain with DKIM, and what comes back told to the tech admin. In us-east-1, as the Worker asks. */
import * as aws from '@pulumi/aws'
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi'
import { EVENTS_REGION } from './key.ts'

export interface MailArgs {
  /** `a@b.example` or `Name <a@b.example>`. */
  readonly from: string
  readonly stack: string
  /** Takes from SES by its policy, which is there first. */
  readonly topicArn: Input<string>
  readonly dependsOn: readonly Resource[]
}

/** What makes a sender's name bad: each is told, none is sent to again. */
const COME_BACK = ['BOUNCE', 'COMPLAINT', 'REJECT']

const REGION = { region: EVENTS_REGION }

export class Mail extends ComponentResource {
  readonly identityArn: Output<string>
  readonly setArn: Output<string>
  readonly setName: Output<string>
  readonly domain: string
  /** The bare address. */
  readonly address: string
  /** CNAMEs that prove the domain to SES. */
  readonly dnsRecords: Output<{ readonly name: string; readonly value: string }[]>

  constructor(name: string, args: MailArgs, options?: ComponentResourceOptions) {
    super('tollgate:infra:Mail', name, {}, options)
    const child = { parent: this }
    this.address = addressOf(args.from)
    this.domain = domainOf(this.address)

    const identity = new aws.sesv2.EmailIdentity(
      `${name}-identity`,
      {
        emailIdentity: this.domain,
        dkimSigningAttributes: { nextSigningKeyLength: 'RSA_2048_BIT' },
        ...REGION,
      },
      child,
    )
    const set = new aws.sesv2.ConfigurationSet(
      `${name}-set`,
      {
        configurationSetName: `tollgate-${args.stack}`,
        deliveryOptions: { tlsPolicy: 'REQUIRE' },
        reputationOptions: { reputationMetricsEnabled: true },
        sendingOptions: { sendingEnabled: true },
        suppressionOptions: { suppressedReasons: ['BOUNCE', 'COMPLAINT'] },
        ...REGION,
      },
      child,
    )
    new aws.sesv2.ConfigurationSetEventDestination(
      `${name}-come-back`,
      {
        configurationSetName: set.configurationSetName,
        eventDestinationName: 'tech-admin',
        eventDestination: {
          enabled: true,
          matchingEventTypes: COME_BACK,
          snsDestination: { topicArn: args.topicArn },
        },
        ...REGION,
      },
      { ...child, dependsOn: [...args.dependsOn] },
    )

    this.identityArn = identity.arn
    this.setArn = set.arn
    this.setName = set.configurationSetName
    this.dnsRecords = identity.dkimSigningAttributes.tokens.apply((tokens: readonly string[] | undefined) =>
      // In a preview there may be none yet.
      (tokens ?? []).map((token) => ({
        name: `${token}._domainkey.${this.domain}`,
        value: `${token}.dkim.amazonses.com`,
      })),
    )
    this.registerOutputs({ identityArn: this.identityArn, setName: this.setName })
  }
}

/** The bare address in `Name <a@b.example>`. */
const addressOf = (from: string): string => /<([^<>]+)>$/.exec(from)?.[1] ?? from

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase()
