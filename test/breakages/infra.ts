/** Breakages of the stack: who may meter, who is believed, and what no `up` may delete (design §10). */
import type { Breakage } from './breakage.ts'

export const INFRA: readonly Breakage[] = [
  {
    name: 'a dry stack’s Worker has the right to meter',
    file: 'infra/edge-identity.ts',
    line: "if (args.metering) give('metering'",
    becomes: "if (args.issuer) give('metering'",
    caughtBy: 'stack',
    noticedBy: 'may not meter at all',
  },
  {
    name: 'the right to meter is there before what says that this stack may',
    file: 'infra/edge-identity.ts',
    line: 'textOf(edgeMetering()), args.dependsOn)',
    becomes: 'textOf(edgeMetering()), [])',
    caughtBy: 'stack',
    noticedBy: 'the right to meter comes after',
  },
  {
    name: 'a token of another deployment of the issuer takes on the role',
    file: 'infra/policies.ts',
    line: 'Condition: { StringEquals: { [`${issuer}:aud`]',
    becomes: 'Condition: { StringLike: { [`${issuer}:aud`]',
    caughtBy: 'stack',
    noticedBy: 'compared to the letter',
  },
  {
    name: 'a queue of usage or events is deleted with its stack',
    file: 'infra/key.ts',
    line: 'protect: true, retainOnDelete: true',
    becomes: 'protect: true, retainOnDelete: false',
    caughtBy: 'stack',
    noticedBy: 'and outlives the stack',
  },
  {
    name: 'whoever knows the queue’s name puts events into it',
    file: 'infra/policies.ts',
    line: "Condition: { ArnEquals: { 'aws:SourceArn': sources } },",
    becomes: '',
    caughtBy: 'stack',
    noticedBy: 'lets in the one rule and the topics of legacy products alone',
  },
  {
    name: 'CI may apply any change of a product, its price among them',
    file: 'infra/policies.ts',
    line: "Condition: { StringEquals: { 'catalog:ChangeType': APPLIED } },",
    becomes: '',
    caughtBy: 'stack',
    noticedBy: 'only texts, repositories and versions applied',
  },
  {
    name: 'a version that was published can be replaced under its tag',
    file: 'infra/registry.ts',
    line: "imageTagMutability: 'IMMUTABLE'",
    becomes: "imageTagMutability: 'MUTABLE'",
    caughtBy: 'stack',
    noticedBy: 'tags are final',
  },
]
