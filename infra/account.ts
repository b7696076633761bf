/** Whose credentials `pulumi up` runs with: nothing is made in an account that is not the seller's. */
import { getCallerIdentity } from '@pulumi/aws'
import { RunError } from '@pulumi/pulumi'

/** Throws a RunError when they are another account's, or when AWS does not say. */
export async function checkAccount(account: string): Promise<void> {
  const found = await callerAccount()
  if (found === account) return
  throw new RunError(
    `The AWS credentials are of the account ${found}, and seller.config.ts names ${account} as the seller's. ` +
      `Sign in to ${account}, for example by AWS_PROFILE or \`pulumi config set aws:profile seller\`, or correct ` +
      'seller.account.',
  )
}

async function callerAccount(): Promise<string> {
  try {
    return (await getCallerIdentity()).accountId
  } catch (cause) {
    const said = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]
    throw new RunError(
      `AWS does not say whose credentials these are (${said}): sign in, for example by \`aws sso login\`, or set ` +
        'AWS_PROFILE to a profile that may administer the seller account.',
    )
  }
}
