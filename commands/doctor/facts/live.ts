/** Which stack each product's parameter says may meter. Reads only. */
import { GetParameterCommand } from '@aws-sdk/client-ssm'
import { ok } from '../../../shared/result.ts'
import type { Seen } from '../check.ts'
import { ask, type Aws } from './aws.ts'

export interface LiveFacts {
  readonly parameter: string
  /** The name of a stack; null: no stack meters this product. */
  readonly owner: string | null
}

/** Where a product's live stack is written. The same name as infra/live.ts gives it. */
export const liveParameter = (productId: string): string => `/tollgate/${productId}/live`

export async function fetchLive(
  { ssm }: Aws,
  parameters: readonly string[],
): Promise<Seen<readonly LiveFacts[]>> {
  const found: LiveFacts[] = []
  for (const Name of parameters) {
    const answer = await ask('ssm:GetParameter', () => ssm.send(new GetParameterCommand({ Name })))
    if (!answer.ok) return answer
    found.push({ parameter: Name, owner: answer.value?.Parameter?.Value ?? null })
  }
  return ok(found)
}
