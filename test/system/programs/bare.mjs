/** A program of one resource of the same provider: what every program of Pulumi costs. ../../bench/plan.ts runs it. */
import * as aws from '@pulumi/aws'

export const { arn } = new aws.sns.Topic('bare')
