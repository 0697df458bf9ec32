// The conformance suite imports fs.globSync, which Node 20 lacks and the server's scenarios never call.
import fs from 'node:fs';
import { register } from 'node:module';

if (!fs.globSync) {
  const names = Object.keys(fs).filter(name => /^\w+$/.test(name));
  const source = `import fs from 'node:fs'; export default fs; export const { ${names.join(', ')} } = fs; export const globSync = undefined;`;
  const hook = `export const resolve = (name, context, next) => name === 'fs'
    ? { url: ${JSON.stringify(`data:text/javascript,${encodeURIComponent(source)}`)}, shortCircuit: true } : next(name, context);`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}
