import ts from 'typescript';
import { calledNames, readGraph, type SourceGraph, type TopFunction } from './call-graph';
import { lineOf, walk } from './source-files';

const scopes = new Set(['inTenant', 'asSystem', 'asUser']);
const transactionName = /^(tx|trx|transaction|scope|db|sql)$/;
const writingMethods = new Set(['insert', 'update', 'delete']);
const writingSql =
  /\b(insert\s+into|update\s+[\w."${}]+\s+(as\s+\w+\s+)?set|delete\s+from|merge\s+into|truncate)\b/i;
// Recording and queueing are what a verb must do, not the change that it makes.
const notAChange = /^lib\/platform\/(audit\/record[\w-]*|jobs\/enqueue|notifications\/notify)[.]ts$/;
const minReasonChars = 20;

function isDirectWrite(node: ts.Node, transactions: ReadonlySet<string>): boolean {
  if (ts.isTaggedTemplateExpression(node)) return writingSql.test(node.template.getText());
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { expression: receiver, name } = node.expression;
  if (!ts.isIdentifier(receiver)) return false;
  const isTransaction = transactions.has(receiver.text) || transactionName.test(receiver.text);
  if (isTransaction && (name.text === 'execute' || name.text === 'unsafe')) {
    return node.arguments.some((argument) => writingSql.test(argument.getText()));
  }
  return isTransaction && writingMethods.has(name.text);
}

function parameterNames(node: ts.Node): Set<string> {
  const names = new Set<string>();
  walk(node, (one) => {
    if (!ts.isParameter(one) || !ts.isIdentifier(one.name)) return;
    const type = one.type?.getText() ?? '';
    if (/\b\w*(Tx|Transaction)\b/.test(type)) names.add(one.name.text);
  });
  return names;
}

function scopeCalls(node: ts.Node): ts.CallExpression[] {
  const calls: ts.CallExpression[] = [];
  walk(node, (one) => {
    if (ts.isCallExpression(one) && ts.isIdentifier(one.expression) && scopes.has(one.expression.text))
      calls.push(one);
  });
  return calls;
}

class Verbs {
  private readonly writes = new Map<string, boolean>();

  constructor(private readonly graph: SourceGraph) {}

  /** Whether the function itself, or one that it calls, writes through a transaction it was given. */
  private isWriter(fn: TopFunction): boolean {
    const known = this.writes.get(fn.id);
    if (known !== undefined) return known;
    this.writes.set(fn.id, false);
    const result = !notAChange.test(fn.file) && this.hasWrite(fn.file, fn.node, parameterNames(fn.node));
    this.writes.set(fn.id, result);
    return result;
  }

  private hasWrite(file: string, body: ts.Node, transactions: ReadonlySet<string>): boolean {
    let found = false;
    walk(body, (node) => {
      if (found) return;
      found = isDirectWrite(node, transactions) || this.callsWriter(file, node);
    });
    return found;
  }

  private callsWriter(file: string, node: ts.Node): boolean {
    if (!ts.isCallExpression(node)) return false;
    return [node.expression, ...node.arguments].some((one) => {
      const target = ts.isIdentifier(one) ? this.graph.resolve(file, one.text) : undefined;
      return target !== undefined && this.isWriter(target);
    });
  }

  private writesThroughScope(fn: TopFunction, seen = new Set<string>()): boolean {
    if (seen.has(fn.id)) return false;
    seen.add(fn.id);
    const direct = scopeCalls(fn.node).some((call) =>
      call.arguments.some((argument) => {
        const target = ts.isIdentifier(argument) ? this.graph.resolve(fn.file, argument.text) : undefined;
        if (target) return this.isWriter(target);
        const named =
          ts.isArrowFunction(argument) || ts.isFunctionExpression(argument) ? argument.parameters : [];
        const transactions = new Set(named.map((parameter) => parameter.name.getText()));
        return this.hasWrite(fn.file, argument, transactions);
      }),
    );
    return direct || this.privateCallees(fn).some((callee) => this.writesThroughScope(callee, seen));
  }

  private privateCallees(fn: TopFunction): TopFunction[] {
    return calledNames(fn.node)
      .map((name) => this.graph.functions.get(`${fn.file}#${name}`))
      .filter((callee) => callee !== undefined)
      .filter((callee) => !callee.exported);
  }

  private reaches(fn: TopFunction, name: string, seen = new Set<string>()): boolean {
    if (seen.has(fn.id)) return false;
    seen.add(fn.id);
    const names = calledNames(fn.node);
    if (names.includes(name)) return true;
    return names.some((called) => {
      const callee = this.graph.resolve(fn.file, called);
      return callee?.file.startsWith('lib/') === true && this.reaches(callee, name, seen);
    });
  }

  problem(fn: TopFunction): string | undefined {
    if (!fn.exported || !this.writesThroughScope(fn)) return undefined;
    const missing = ['requirePermission', 'recordAudit'].filter((name) => !this.reaches(fn, name));
    if (missing.length === 0) return undefined;
    const reason = /\/\/ guard: ?(.*)/.exec(fn.holder.getFullText())?.[1]?.trim();
    if (reason !== undefined && reason.length >= minReasonChars) return undefined;
    const where = `${fn.file}:${lineOf(fn.holder)} ${fn.name}`;
    if (reason !== undefined) {
      return `${where}: the reason after "// guard:" is shorter than ${minReasonChars} characters. Say why this write needs no ${missing.join(' and no ')}.`;
    }
    return `${where} writes in a transaction without ${missing.join(' and ')}. Call ${missing.join(' and ')} in it, or write "// guard: <why not, at least ${minReasonChars} characters>" above it.`;
  }
}

/** Row 11: every exported function that writes through a scope checks permission and records audit. */
export function checkWriteVerbs(root: string): string[] {
  const graph = readGraph(root, ['lib', 'app']);
  const verbs = new Verbs(graph);
  return [...graph.functions.values()]
    .map((fn) => verbs.problem(fn))
    .filter((problem) => problem !== undefined);
}
