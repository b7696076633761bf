/** The last words of a deployment that is done: where it is, how it meters, what comes next. Pure. */
import type { EdgeOutputs, StackOutputs } from '../../shared/stack.ts'

export function summaryOf(
  { deployment, metering }: StackOutputs,
  { publicUrl, mail, usageWriterPolicyArn, usageWriterRoleArn, webhookUrl }: EdgeOutputs,
  version: string,
): readonly string[] {
  return [
    '',
    `Deployed: ${publicUrl}, version ${version}, metering ${metering}.`,
    metering === 'live'
      ? 'Usage is sent to AWS and billed.'
      : `Usage is counted and nothing is billed. To bill: \`pulumi config set tollgate:metering live --stack ${deployment}\`, then up and deploy again.`,
    '',
    'Next:',
    `  npm run doctor -- --stack ${deployment}`,
    `  set TOLLGATE_URL=${publicUrl} and TOLLGATE_OPERATOR_KEY for \`npm run ledger\`, \`npm run keys\` and the others`,
    `  in AWS Marketplace, the product's fulfillment URL is ${publicUrl}/`,
    ...(webhookUrl === null
      ? []
      : [
          '  npm run keys -- create webhook --name NAME --why WHY: the secret that your application verifies with',
        ]),
    ...(usageWriterPolicyArn === null
      ? []
      : [`  attach ${usageWriterPolicyArn} to your application's role, or \`npm run keys -- create api\``]),
    ...(usageWriterRoleArn === null
      ? []
      : [`  an application elsewhere takes on ${usageWriterRoleArn}, and needs no other right`]),
    ...(mail === null || mail.dnsRecords.length === 0
      ? []
      : [
          `  add these DNS records, or mail from ${mail.domain} is not sent:`,
          ...mail.dnsRecords.map(({ name, value }) => `    ${name} CNAME ${value}`),
        ]),
  ]
}

/** What is shown once. */
export const keyLines = (key: string): readonly string[] => [
  '',
  'The operator key, shown this once and kept nowhere as it is: store it now.',
  '',
  key,
]
