/**
 * The templates of the Helm chart. They use values, `if`, `else`, `end`, `quote`, `toYaml` and `nindent` only: no hook, no
 * lookup, nothing that asks the cluster. Pure.
 */
import { AGENT_PORT, healthCommand, SPOOL, STOP_SECONDS, UID, type BuyerProduct } from './product.ts'

const labels = (product: BuyerProduct, component: string, indent: string): string =>
  [
    `app.kubernetes.io/name: ${product.name}`,
    'app.kubernetes.io/instance: {{ .Release.Name | quote }}',
    `app.kubernetes.io/component: ${component}`,
  ]
    .map((line) => indent + line)
    .join('\n')

const list = (command: readonly string[]): string => JSON.stringify(command)

export const accountTemplate = (product: BuyerProduct): string => `{{- if .Values.serviceAccount.create }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Values.serviceAccount.name | quote }}
  labels:
${labels(product, 'service', '    ')}
  {{- if .Values.serviceAccount.roleArn }}
  annotations:
    eks.amazonaws.com/role-arn: {{ .Values.serviceAccount.roleArn | quote }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}
`

export const serviceTemplate = (product: BuyerProduct): string => `apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name | quote }}
  labels:
${labels(product, 'service', '    ')}
spec:
  type: {{ .Values.service.type | quote }}
  selector:
${labels(product, 'service', '    ')}
  ports:
    - name: http
      port: {{ .Values.service.port }}
      targetPort: http
`

/** The pods' part that the application and the agent have in common. */
const pod = `      serviceAccountName: {{ .Values.serviceAccount.name | quote }}
      # The role's token is mounted by EKS all the same; the cluster's own API is not spoken to.
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: ${STOP_SECONDS}
      securityContext:
        runAsNonRoot: true
        runAsUser: ${UID}
        runAsGroup: ${UID}
        fsGroup: ${UID}
        seccompProfile:
          type: RuntimeDefault
`

const container = `          image: "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          imagePullPolicy: {{ .Values.image.pullPolicy | quote }}
`

const confined = `          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: ["ALL"]
`

const liveness = (command: readonly string[]): string => `          livenessProbe:
            exec:
              command: ${list(command)}
            initialDelaySeconds: 10
            periodSeconds: 30
            timeoutSeconds: 10
            failureThreshold: 3
`

const agentKey = `            - name: TOLLGATE_AGENT_KEY
              valueFrom:
                secretKeyRef:
                  name: {{ .Values.agent.keySecret | quote }}
                  key: key
`

const productCode = ({ code }: BuyerProduct): string =>
  code === null ? '' : `            - name: AWS_MARKETPLACE_PRODUCT_CODE\n              value: ${code}\n`

/** The entries of \`env\` that are the product's, then the buyer's. */
function environment(product: BuyerProduct, agent: string): string {
  const own = `${productCode(product)}${
    product.agent ? `            - name: TOLLGATE_AGENT\n              value: ${agent}\n${agentKey}` : ''
  }`
  const theirs = `            {{- toYaml .Values.env | nindent 12 }}\n`
  if (own !== '')
    return `          env:\n${own}            {{- if .Values.env }}\n${theirs}            {{- end }}\n`
  return `          {{- if .Values.env }}\n          env:\n${theirs}          {{- end }}\n`
}

/** Where pods go, as the buyer says. */
const placement = ['nodeSelector', 'tolerations', 'affinity', 'topologySpreadConstraints']
  .map(
    (name) => `      {{- if .Values.${name} }}
      ${name}:
        {{- toYaml .Values.${name} | nindent 8 }}
      {{- end }}
`,
  )
  .join('')

const podAnnotations = `      {{- if .Values.podAnnotations }}
      annotations:
        {{- toYaml .Values.podAnnotations | nindent 8 }}
      {{- end }}
`

export const workloadTemplate = (product: BuyerProduct): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name | quote }}
  labels:
${labels(product, 'service', '    ')}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
${labels(product, 'service', '      ')}
  template:
    metadata:
      labels:
${labels(product, 'service', '        ')}
${podAnnotations}    spec:
${pod}      containers:
        - name: ${product.name}
${container}          ports:
            - name: http
              containerPort: ${product.port}
${environment(product, `"http://{{ .Release.Name }}-agent:${AGENT_PORT}"`)}          volumeMounts:
            - name: spool
              mountPath: ${SPOOL}
          # The container answers usage and status on its loopback address only: a probe is a command in it.
${liveness(healthCommand(product))}          readinessProbe:
            httpGet:
              path: ${product.healthPath}
              port: http
            periodSeconds: 10
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
${confined}      volumes:
        - name: spool
          {{- if .Values.spool.existingClaim }}
          persistentVolumeClaim:
            claimName: {{ .Values.spool.existingClaim | quote }}
          {{- else }}
          emptyDir:
            sizeLimit: {{ .Values.spool.sizeLimit | quote }}
          {{- end }}
${placement}`

export const agentTemplate = (product: BuyerProduct): string => `apiVersion: v1
kind: Service
metadata:
  name: "{{ .Release.Name }}-agent"
  labels:
${labels(product, 'agent', '    ')}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
${labels(product, 'agent', '    ')}
  ports:
    - name: agent
      port: ${AGENT_PORT}
      targetPort: agent
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: "{{ .Release.Name }}-agent"
  labels:
${labels(product, 'agent', '    ')}
spec:
  serviceName: "{{ .Release.Name }}-agent"
  # One: two agents would report the same buyer twice.
  replicas: 1
  selector:
    matchLabels:
${labels(product, 'agent', '      ')}
  template:
    metadata:
      labels:
${labels(product, 'agent', '        ')}
${podAnnotations}    spec:
${pod}      containers:
        - name: ${product.name}-agent
${container}          # Without a command it serves usage and status, and starts no application.
          command: ["node", "/opt/tollgate/tollgate.mjs"]
          ports:
            - name: agent
              containerPort: ${AGENT_PORT}
${environment(product, 'listen')}          volumeMounts:
            - name: spool
              mountPath: ${SPOOL}
${liveness(healthCommand(product).slice(0, 2))}          resources:
            {{- toYaml .Values.resources | nindent 12 }}
${confined}${placement}  volumeClaimTemplates:
    - metadata:
        name: spool
      spec:
        accessModes: ["ReadWriteOnce"]
        {{- if .Values.agent.storageClassName }}
        storageClassName: {{ .Values.agent.storageClassName | quote }}
        {{- end }}
        resources:
          requests:
            storage: {{ .Values.agent.storage | quote }}
`
