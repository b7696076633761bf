/** Every file a buyer is given, by path, from the config alone. Pure; `main.ts` writes them. */
import type { SellerConfig } from '../../shared/seller.ts'
import { chart } from './chart.ts'
import { cloudFormation } from './cloudformation.ts'
import { usageInstructions } from './instructions.ts'
import { buyerProducts, type BuyerProduct } from './product.ts'
import { taskDefinition } from './task-definition.ts'
import { toYaml } from './yaml.ts'

/** Texts by path: `container/cloudformation.yaml`; the first part is the product's key. */
export const artefacts = (config: SellerConfig, version: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    buyerProducts(config, version).flatMap((product) =>
      Object.entries(filesOf(product)).map(([path, text]) => [`${product.key}/${path}`, text]),
    ),
  )

function filesOf(product: BuyerProduct): Readonly<Record<string, string>> {
  const files: Record<string, string> = {
    'cloudformation.yaml': toYaml(cloudFormation(product)),
    'usage-instructions.txt': usageInstructions(product),
  }
  for (const architecture of product.architectures) {
    const { platform } = architecture
    files[`task-definition.${platform}.json`] = json(taskDefinition(product, architecture))
    if (product.agent)
      files[`agent-task-definition.${platform}.json`] = json(taskDefinition(product, architecture, 'agent'))
  }
  for (const [path, text] of Object.entries(chart(product))) files[`chart/${path}`] = text
  return files
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`
