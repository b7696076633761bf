/** Whether what the seller wrote can be used: seller.config.ts, the stack's outputs, and what the two say together. Pure. */
import type { Result } from '../../../shared/result.ts'
import { SAAS_REGIONS } from '../../../shared/aws/regions.ts'
import type { SellerConfig } from '../../../shared/seller.ts'
import { sayOf, type Check } from '../check.ts'
import type { Deployment } from '../deployment.ts'

const say = sayOf('config')

/** The error is what `defineSeller` says: a line for each mistake. */
export function judgeSeller(seller: Result<SellerConfig, string>, stack: string): Check[] {
  const name = 'seller.config.ts'
  if (!seller.ok) return [say.wrong(name, seller.error, 'correct each line it names')]
  const { products, region } = seller.value
  const kinds = products.map(({ key, pricing }) => `${key} (${pricing})`).join(', ')
  const sold = products.some(({ kind }) => kind === 'saas')
  return [
    say.ok(name, kinds),
    ...(sold && !SAAS_REGIONS.includes(region)
      ? [
          say.wrong(
            'region',
            `AWS takes no usage of SaaS products in ${region} (it answers DisabledApiException)`,
            `give \`region\` in seller.config.ts one that it does, as us-east-1, then \`npm run up -- --stack ${stack}\` and deploy`,
          ),
        ]
      : []),
  ]
}

/** Where the stack's outputs came from and what is wrong with them. */
export interface OutputsCase {
  readonly stack: string
  /** `missing`: there are none; `wrong`: a sentence for each that does not fit. */
  readonly outputs: Result<
    Deployment,
    | { readonly kind: 'missing'; readonly sentence: string }
    | { readonly kind: 'wrong'; readonly sentences: readonly string[] }
  >
}

export function judgeOutputs({ stack, outputs }: OutputsCase): Check[] {
  const name = 'stack outputs'
  if (!outputs.ok) {
    const { error } = outputs
    if (error.kind === 'missing') {
      const [why, remedy] = halves(error.sentence)
      return [
        say.unseen(name, { why, remedy: remedy ?? `\`npm run up -- --stack ${stack}\` makes the stack` }),
      ]
    }
    return error.sentences.map((sentence) => {
      const [found, what] = halves(sentence)
      return say.wrong(name, found, what ?? `\`npm run up -- --stack ${stack}\` with this version`)
    })
  }
  const { deployment, metering, edge } = outputs.value
  if (deployment !== stack)
    return [
      say.wrong(
        name,
        `they are of the stack ${deployment}, not of ${stack}`,
        'give --stack and --outputs of the same stack',
      ),
    ]
  return [
    say.ok(name, edge === null ? `${deployment}, without a Worker` : `${deployment}, ${edge.publicUrl}`),
    say.ok(
      'metering',
      metering === 'live'
        ? 'live: usage is billed by AWS'
        : `dry: usage is counted and AWS bills none of it; docs/deploy.md, Go live, changes that`,
    ),
  ]
}

/** The stack and the file have to name one account. */
export function judgeAccounts(account: string, { account: own }: Deployment): Check[] {
  return account === own
    ? []
    : [
        say.wrong(
          'seller account',
          `seller.config.ts says ${account}, the stack was made for ${own}`,
          'correct seller.account, or run `npm run up` with credentials of that account',
        ),
      ]
}

/** "What is wrong: what to do", as deploy's sentences are. */
function halves(sentence: string): [string, string | undefined] {
  const at = sentence.lastIndexOf(': ')
  return at < 0 ? [sentence, undefined] : [sentence.slice(0, at), sentence.slice(at + 2)]
}
