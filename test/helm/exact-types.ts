import ts from 'typescript';
import { join } from 'node:path';
import type { KubernetesObject } from './chart';
import { root } from './chart';

export const packageOf = ({ apiVersion }: Pick<KubernetesObject, 'apiVersion'>): string =>
  `${apiVersion.startsWith('monitoring.coreos.com/') ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models'}/${apiVersion}`;

/**
 * Fields that Kubernetes does not know. Its validators let them pass; TypeScript does not where a literal is given
 * a type, so the objects are written as literals and compiled.
 */
export function unknownFields(objects: readonly KubernetesObject[]): readonly string[] {
  const file = join(root, 'test', 'helm', 'rendered-objects.ts');
  const source = objects
    .map(
      (object, n) =>
        `export const object${n}: import('${packageOf(object)}').I${object.kind} = ${JSON.stringify(object)};`,
    )
    .join('\n');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (path) => (path === file ? source : readFile(path));
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, language, ...more) =>
    path === file ? ts.createSourceFile(path, source, language) : getSourceFile(path, language, ...more);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
