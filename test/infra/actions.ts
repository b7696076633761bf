/** Which actions of AWS a text really calls, read from its syntax: no list that somebody keeps. Pure but for the repository. */
import ts from 'typescript'
import { files, importsOf, textOf } from '../support/repository.ts'

/** What IAM calls a service, by the name requests are signed for; null: every identity may ask it. */
const BY_SIGNATURE: Readonly<Record<string, string | null>> = {
  'aws-marketplace': 'aws-marketplace',
  monitoring: 'cloudwatch',
  ses: 'ses',
  sns: 'sns',
  sqs: 'sqs',
  sts: null,
}

/** The same by the SDK's package. */
const BY_CLIENT: Readonly<Record<string, string>> = {
  '@aws-sdk/client-license-manager': 'license-manager',
  '@aws-sdk/client-marketplace-catalog': 'aws-marketplace',
  '@aws-sdk/client-marketplace-metering': 'aws-marketplace',
}

/** Operations of a REST protocol, by path. Source: SES v2, SendEmail (2026-11-21). */
const BY_PATH: Readonly<Record<string, string>> = { '/v2/email/outbound-emails': 'SendEmail' }

/** Operations that IAM knows by another's name. Source: Service Authorization Reference, Amazon SQS (2026-11-21). */
const KNOWN_AS: Readonly<Record<string, string>> = {
  DeleteMessageBatch: 'DeleteMessage',
  SendMessageBatch: 'SendMessage',
}

const SENDERS = ['callAws', 'sendSigned', 'sendPlain']

/** What the Worker calls by hand in this text, sorted. @throws Error for a call of which the operation cannot be read. */
export function signedActions(file: string, text: string): string[] {
  const source = parse(file, text)
  const found = new Set<string>()
  for (const call of callsOf(source).filter((call) => SENDERS.includes(calleeOf(call)))) {
    const request = call.arguments.find(ts.isObjectLiteralExpression)
    const service = request && textAt(request, 'service')
    const operations = request ? operationsOf(source, request) : []
    if (operations.length === 0)
      throw new Error(`${placeOf(source, call)}: which operation this is cannot be read`)
    // Without a signature there is nobody whose rights are asked for.
    if (calleeOf(call) === 'sendPlain') continue
    const prefix = BY_SIGNATURE[service ?? '']
    if (prefix === undefined) throw new Error(`${placeOf(source, call)}: nobody knows the service ${service}`)
    if (prefix !== null) for (const one of operations) found.add(`${prefix}:${KNOWN_AS[one] ?? one}`)
  }
  return [...found].toSorted()
}

/** By target, by path, or by the query protocol's `Action`. */
function operationsOf(source: ts.SourceFile, request: ts.ObjectLiteralExpression): readonly string[] {
  const target = valueOf(request, 'target')
  if (target && ts.isStringLiteral(target)) return [target.text.split('.').at(-1) ?? '']
  if (target && ts.isTemplateExpression(target)) return givenTo(source, target)
  const path = textAt(request, 'path')
  if (path !== undefined && path !== '/') return BY_PATH[path] === undefined ? [] : [BY_PATH[path]]
  return queriesOf(source)
}

/** `Service.${operation}`: the texts that are given to the function around it. None where one of them is computed. */
function givenTo(source: ts.SourceFile, target: ts.TemplateExpression): readonly string[] {
  const name = target.templateSpans.at(-1)?.expression.getText()
  let around: ts.Node = target
  while (!ts.isFunctionDeclaration(around) && !ts.isArrowFunction(around)) {
    if (ts.isSourceFile(around)) return []
    around = around.parent
  }
  const place = around.parameters.findIndex((one) => one.name.getText() === name)
  const named = ts.isFunctionDeclaration(around)
    ? around.name
    : ts.isVariableDeclaration(around.parent) && around.parent.name
  const given = callsOf(source)
    .filter((call) => named && calleeOf(call) === named.getText())
    .map((call) => call.arguments[place])
  return place >= 0 && given.every((one) => one && ts.isStringLiteral(one))
    ? given.flatMap((one) => (one && ts.isStringLiteral(one) ? [one.text] : []))
    : []
}

function queriesOf(source: ts.SourceFile): readonly string[] {
  return nodesOf(source).flatMap((node) => {
    if (
      ts.isPropertyAssignment(node) &&
      node.name.getText() === 'Action' &&
      ts.isStringLiteral(node.initializer)
    )
      return [node.initializer.text]
    const inText = ts.isStringLiteralLike(node) ? /^Action=(\w+)/.exec(node.text)?.[1] : undefined
    return inText === undefined ? [] : [inText]
  })
}

/** Actions of the SDK by the method that calls them, in a file that speaks to AWS by it; '' holds those of no method. */
export function sdkActions(file: string, text: string): Readonly<Record<string, readonly string[]>> {
  const source = parse(file, text)
  const prefixes = new Map<string, string>()
  for (const node of nodesOf(source).filter(ts.isImportDeclaration)) {
    const client = ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : ''
    if (!client.startsWith('@aws-sdk/')) continue
    const prefix = BY_CLIENT[client]
    if (prefix === undefined) throw new Error(`${file}: nobody knows what IAM calls ${client}`)
    const named = node.importClause?.namedBindings
    if (!named || !ts.isNamedImports(named)) throw new Error(`${file}: ${client} is imported as a whole`)
    for (const { name } of named.elements)
      if (name.text.endsWith('Command'))
        prefixes.set(name.text, `${prefix}:${name.text.slice(0, -'Command'.length)}`)
  }
  const made = (node: ts.Node): string[] =>
    nodesOf(node).flatMap((one) => {
      if (ts.isNewExpression(one)) return prefixes.get(one.expression.getText()) ?? []
      // A helper of the same file that makes the command.
      if (!ts.isCallExpression(one) || !ts.isIdentifier(one.expression)) return []
      const helper = helperOf(source, one.expression.text)
      return helper
        ? nodesOf(helper)
            .filter(ts.isNewExpression)
            .flatMap((of) => prefixes.get(of.expression.getText()) ?? [])
        : []
    })
  const byMethod: Record<string, string[]> = {}
  for (const node of nodesOf(source).filter(ts.isMethodDeclaration)) {
    const actions = [...new Set(made(node))].toSorted()
    if (actions.length > 0) byMethod[node.name.getText()] = actions
  }
  const named = new Set(Object.values(byMethod).flat())
  const rest = [...new Set(prefixes.values())].filter((action) => !named.has(action)).toSorted()
  return rest.length === 0 ? byMethod : { ...byMethod, '': rest }
}

const helperOf = (source: ts.SourceFile, name: string): ts.Node | undefined =>
  nodesOf(source).find(
    (node) =>
      ts.isVariableDeclaration(node) &&
      node.name.getText() === name &&
      node.initializer !== undefined &&
      ts.isArrowFunction(node.initializer),
  )

/** Names of the methods that a text calls: `calls.checkout(…)` is `checkout`. */
export const methodsCalled = (file: string, text: string): readonly string[] =>
  callsOf(parse(file, text)).flatMap(({ expression }) =>
    ts.isPropertyAccessExpression(expression) ? [expression.name.text] : [],
  )

/** These files and all that they import when they run, but for what stands in `without`. */
export function reachedFrom(entries: readonly string[], without: string): readonly string[] {
  const reached = new Set(entries)
  for (const file of reached)
    for (const { target, typesOnly } of importsOf(file, textOf(file)))
      if (!typesOnly && files.includes(target) && !target.startsWith(without)) reached.add(target)
  return [...reached]
}

const parse = (file: string, text: string): ts.SourceFile =>
  ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)

function nodesOf(node: ts.Node): ts.Node[] {
  const found = [node]
  ts.forEachChild(node, (child) => void found.push(...nodesOf(child)))
  return found
}

const callsOf = (source: ts.SourceFile): ts.CallExpression[] => nodesOf(source).filter(ts.isCallExpression)
const calleeOf = (call: ts.CallExpression): string => call.expression.getText()

const valueOf = (object: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined =>
  object.properties.filter(ts.isPropertyAssignment).find((one) => one.name.getText() === name)?.initializer

function textAt(object: ts.ObjectLiteralExpression, name: string): string | undefined {
  const value = valueOf(object, name)
  return value && ts.isStringLiteral(value) ? value.text : undefined
}

const placeOf = (source: ts.SourceFile, node: ts.Node): string =>
  `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
