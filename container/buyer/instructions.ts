/** The usage instructions of a product, as AWS Marketplace shows them to its buyer. Pure. */
import { EXIT } from '../exit.ts'
import { SPOOL, UID, type BuyerProduct } from './product.ts'

/** Characters AWS takes. Source: EcrDeliveryOptionDetails, `UsageInstructions` at most 4000 (2026-11-21). */
export const INSTRUCTIONS_MAX = 4000

const CALLS: Readonly<Record<BuyerProduct['pricing'], string>> = {
  hourly: 'AWS Marketplace metering (metering.marketplace.<region>.amazonaws.com)',
  'custom-metering': 'AWS Marketplace metering (metering.marketplace.<region>.amazonaws.com)',
  contract: 'AWS License Manager (license-manager.<region>.amazonaws.com)',
  free: 'nothing of AWS Marketplace',
  byol: 'nothing of AWS Marketplace',
}

/** The text, plain. */
export function usageInstructions(product: BuyerProduct): string {
  const { name, version, actions, architectures } = product
  const image = `<image> (${name}:${version})`
  return `${product.title}

WHAT YOU NEED
- ECS with Fargate or EC2, or EKS, on ${architectures.map((one) => `linux/${one.platform}`).join(' or ')}.
${role(actions)}
- A way out by HTTPS to: ${CALLS[product.pricing]}, AWS STS (EKS only), Amazon ECR for the image, CloudWatch Logs if you log there. Nothing else is called and no data of yours leaves your account.
The Region and the identity come from the platform; give the container neither access keys nor a Region.

ECS
1. Copy the image's address from this page: ${image}.
2. Deploy the CloudFormation template of this product:
   aws cloudformation deploy --template-file cloudformation.yaml --stack-name ${name} --capabilities CAPABILITY_IAM --parameter-overrides Image=<image> Cluster=<cluster> Subnets=<subnet,subnet> SecurityGroups=<group>${product.agent ? ' AgentKeySecret=<arn> AgentNamespace=<arn>' : ''}
   Or register task-definition.${architectures[0]?.platform ?? 'amd64'}.json after filling in its \${...} places, and run it as a service.
3. The log group of the stack shows one line when a task does not start.

EKS
1. ${actions.length === 0 ? 'No role is needed.' : `Give the cluster an IAM OIDC provider and make a role for service account ${name} (IAM roles for service accounts). EKS Pod Identity and the node's role cannot be used: AWS Marketplace does not take them.`}
2. helm install ${name} oci://<registry>/<chart> --version ${version} --namespace <namespace> --set image.registry=<registry>${actions.length === 0 ? '' : ' --set serviceAccount.roleArn=<role arn>'}${product.agent ? ' --set agent.keySecret=<secret>' : ''}
3. kubectl logs deploy/${name} shows one line when a pod does not start.

USE
The application listens on port ${product.port}; ${product.healthPath} answers its health. The container runs as user ${UID}, without capabilities, on a read-only root file system, and writes to ${SPOOL} only.
Mount EFS (ECS) or a ReadWriteMany claim (EKS) there and what a lost task had counted is reported by another; without, what it counted in its last hour or two is lost with it.
Give it 30 seconds between SIGTERM and SIGKILL.

WHEN IT DOES NOT START it ends with
- ${EXIT.notEntitled}: this AWS account is not subscribed. Subscribe on this page, then start it again.
- ${EXIT.settings}: a setting or the role is wrong. The line says which.
- ${EXIT.platform}: AWS Marketplace does not serve this platform or Region.
- ${EXIT.unreachable}: AWS could not be reached for 30 minutes. Open the way out, then start it again.

STATUS
In the container, http://127.0.0.1:4780/status shows the entitlement, what was metered last and what waits; node /opt/tollgate/health.mjs tells whether it lives.

Help: ${product.support}
`
}

const role = (actions: readonly string[]): string =>
  actions.length === 0
    ? '- No IAM permission: the task role may be empty.'
    : `- An IAM role for the tasks that allows, on resource *: ${actions.join(', ')}. ECS: the task role, not the execution role. EKS: the service account's role.`
