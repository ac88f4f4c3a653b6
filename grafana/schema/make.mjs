// Makes one JSON schema of a dashboard and one for each type of panel that our dashboards use, from the TypeScript types that
// Grafana publishes as @grafana/schema: npm install --no-package-lock && npm run make
//
// Reduced: only these types, without their descriptions. Stricter than Grafana, which ignores what it does not know: a
// property that the types lack is an error, and so is a type of panel without a schema.
import { readFileSync, writeFileSync } from 'node:fs';
import { createGenerator } from 'ts-json-schema-generator';

const types = 'node_modules/@grafana/schema/dist/types/raw';
const version = JSON.parse(readFileSync('node_modules/@grafana/schema/package.json', 'utf8')).version;

const withoutDescriptions = (node) =>
  Array.isArray(node)
    ? node.map(withoutDescriptions)
    : node === null || typeof node !== 'object'
      ? node
      : Object.fromEntries(
          Object.entries(node)
            .filter(([key, value]) => !(key === 'description' && typeof value === 'string') && key !== 'deprecated')
            .map(([key, value]) => [key, withoutDescriptions(value)]),
        );

const make = (file, path, type) => {
  const schema = createGenerator({
    path: `${types}/${path}/x/types.gen.d.ts`,
    type,
    skipTypeCheck: true,
    topRef: false,
    minify: false,
  }).createSchema(type);
  const text = JSON.stringify({ title: `${type} of ${path} in @grafana/schema ${version}`, ...withoutDescriptions(schema) }, null, 1);
  writeFileSync(`${file}.json`, `${text}\n`);
};

make('dashboard', 'dashboard', 'Dashboard');
for (const panel of ['timeseries', 'trend', 'table']) {
  make(`${panel}.options`, `composable/${panel}/panelcfg`, 'Options');
  make(`${panel}.custom`, `composable/${panel}/panelcfg`, 'FieldConfig');
}
for (const panel of ['stat', 'bargauge']) {
  make(`${panel}.options`, `composable/${panel}/panelcfg`, 'Options');
}
