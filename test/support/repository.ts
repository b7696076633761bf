/** The repository as tests look at it: its own files, what each imports, what each names. Reads the disk, changes nothing. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import ts from 'typescript'

export const ROOT = resolve(import.meta.dirname, '..', '..')

/** Not ours, or made by a tool. */
const OTHERS = new Set(['node_modules', '.git', '.tollgate', '.wrangler', 'dist', 'migrations'])
const GENERATED = new Set(['worker/worker-configuration.d.ts', 'package-lock.json'])

/** Every file of ours, from the root, with slashes; sorted. */
export const files: readonly string[] = readdirSync(ROOT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep))
  .filter((steps) => !steps.some((step) => OTHERS.has(step)))
  .map((steps) => steps.join('/'))
  .filter((file) => !GENERATED.has(file))
  .toSorted()

export const sources: readonly string[] = files.filter((file) => /\.(ts|tsx|mts|cts|mjs|js)$/.test(file))

export const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** One import of a file. `target`: a file of ours from the root, or the package's name as written. */
export interface Import {
  readonly from: string
  readonly target: string
  readonly line: number
  /** True: gone when the program runs. */
  readonly typesOnly: boolean
}

/** Static, bare, dynamic and re-exporting imports of a text. A dynamic one that is no plain text is `(computed)`. */
export function importsOf(from: string, text: string): Import[] {
  const source = ts.createSourceFile(from, text, ts.ScriptTarget.Latest, true)
  const found: Import[] = []
  const add = (node: ts.Node, specifier: ts.Node | undefined, typesOnly: boolean): void => {
    const written = specifier && ts.isStringLiteralLike(specifier) ? specifier.text : '(computed)'
    const { line } = source.getLineAndCharacterOfPosition(node.getStart())
    found.push({ from, target: targetOf(from, written), line: line + 1, typesOnly })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, isOfTypes(node.importClause))
    if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node, node.moduleSpecifier, node.isTypeOnly)
    if (ts.isImportTypeNode(node)) {
      add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true)
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], false)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function isOfTypes(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const named = clause.namedBindings
  return (
    !clause.name &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.every((one) => one.isTypeOnly)
  )
}

const targetOf = (from: string, written: string): string =>
  /^\.\.?(\/|$)/.test(written)
    ? relative(ROOT, resolve(ROOT, dirname(from), written))
        .split(sep)
        .join('/')
    : written

/** Names a text uses, as written, with the line of each: `Date.now`, `new Date()`, `fetch`. Property chains are one name. */
export function namesOf(file: string, text: string): { readonly name: string; readonly line: number }[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: { name: string; line: number }[] = []
  const visit = (node: ts.Node): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart())
    if (ts.isNewExpression(node) && (node.arguments ?? []).length === 0) {
      found.push({ name: `new ${node.expression.getText()}()`, line: line + 1 })
    }
    if (ts.isPropertyAccessExpression(node))
      found.push({ name: node.getText().replaceAll(/\s/g, ''), line: line + 1 })
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      found.push({ name: node.expression.text, line: line + 1 })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
