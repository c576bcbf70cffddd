// One entry per row of the import rules (ARCHITECTURE.md, "Who may import whom").
// Rows 10 (process.env) and 11 (permission and audit in write verbs) are Biome's and guards/write-verbs.ts.
const browserSafeCore = '^lib/platform/core/(address|errors|clock|ids|plain-line)[.]ts$';
// The one registry of keyboard shortcuts, which every shared component may register in.
const shortcuts = '^components/shell/(shortcuts|shortcut-provider)[.]tsx?$';
// A room is lib/<wing>/<room>; a large one has inner rooms, and several contracts, each with what it is about in
// front: rotation-contract.ts.
const room = '^lib/([^/]+)/([^/]+)/';
const contract = '^lib/.+contract[.]ts$';
const contractOrRules = '^lib/.+(?:contract|rules)[.]ts$';
// What others may know of a room: named predicates and counts.
const facts = '^lib/.+facts[.]ts$';
const platformFacts = '^lib/platform/.+facts[.]ts$';
const foundation = '^lib/platform/(?:core|facts|auth|tenancy|audit|rate-limit)/';
// What any room may write into within its own transaction: the queue and the outbox of notifications.
const enqueue = '^lib/platform/(?:jobs/enqueue|notifications/notify)[.]ts$';
// What the gate says over the wire is no secret of the adapter; the API's description shows it.
const wire = '^lib/access/gate/(?:contract|openapi)[.]ts$';
// They may import any room of their wing and below; nobody imports them.
const gate = '^lib/access/gate/';
// A test may set its scene with another room's verbs and look at rows as their owner; it never runs in production.
const test = '[.]test[.]tsx?$|^(app|db|lib/.+|components/.+)/test/';

// Bottom to top. What a wing must not import is every wing above it.
const wings = ['platform', 'access', 'assurance', 'response', 'insight', 'processes'];
const above = (wing) => wings.slice(wings.indexOf(wing) + 1).join('|');
const arrowsPointDown = wings.slice(0, -1).map((wing) => ({
  name: `${wing}-imports-nothing-above`,
  comment: `Row 5. lib/${wing} stands below ${above(wing)}: name an interface in contract.ts, implement it up there, let lib/processes compose them.`,
  severity: 'error',
  from: { path: `^lib/${wing}/`, pathNot: test },
  to: { path: `^lib/(?:${above(wing)})/`, pathNot: contract },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'app-does-not-touch-the-database',
      comment: 'Row 1. A page or route calls a query or a verb in lib/; only those open a transaction.',
      severity: 'error',
      from: { path: '^app/', pathNot: test },
      to: { path: '^(db|drizzle)/' },
    },
    {
      name: 'components-stay-in-the-browser',
      comment: 'Row 2. A component never imports db/, drizzle/ or app/, not even a type.',
      severity: 'error',
      from: { path: '^components/' },
      to: { path: '^(app|db|drizzle)/|(^|/)node_modules/(server-only|postgres|drizzle-orm)/' },
    },
    {
      name: 'components-use-contracts',
      comment:
        'Row 2. From lib/ a component takes contract.ts, rules.ts and core/{address,clock,errors,ids,plain-line}.ts.',
      severity: 'error',
      from: { path: '^components/', pathNot: test },
      to: { path: '^lib/', pathNot: [contractOrRules, browserSafeCore], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'component-rooms-do-not-mix',
      comment:
        'Row 2. Share through components/{ui,charts,data-table,shell}; move what two rooms need there.',
      severity: 'error',
      from: { path: '^components/([^/]+)/([^/]+)/', pathNot: test },
      to: {
        path: '^components/',
        pathNot: ['^components/(?:ui|charts|data-table|shell)/', '^components/$1/$2/'],
      },
    },
    {
      name: 'shared-components-know-no-domain',
      comment: 'Row 3. Pass data and callbacks in as props instead.',
      severity: 'error',
      from: { path: '^components/(?:ui|charts|data-table)/', pathNot: test },
      to: {
        path: '^(lib|components)/',
        pathNot: [browserSafeCore, shortcuts, '^components/(?:ui|charts|data-table)/'],
      },
    },
    {
      name: 'contracts-are-pure',
      comment: 'Row 4. contract.ts and rules.ts run anywhere: no db, react, next or other lib files.',
      severity: 'error',
      from: { path: contractOrRules, pathNot: '^lib/platform/core/' },
      to: {
        path: '^(app|components|db|drizzle|lib)/|(^|/)node_modules/(react|next|server-only)/',
        pathNot: [contractOrRules, browserSafeCore],
      },
    },
    {
      name: 'contracts-use-no-node',
      comment: 'Row 4. contract.ts and rules.ts are sent to the browser, where node:* does not exist.',
      severity: 'error',
      from: { path: contractOrRules, pathNot: '^lib/platform/core/' },
      to: { dependencyTypes: ['core'] },
    },
    ...arrowsPointDown,
    {
      name: 'rooms-do-not-mix',
      comment:
        "Row 6. A room uses itself, db/, the foundations, another room's contract.ts, and the facts.ts of rooms not above it.",
      severity: 'error',
      from: { path: room, pathNot: [foundation, '^lib/platform/jobs/', gate, '^lib/processes/', test] },
      to: { path: '^lib/', pathNot: ['^lib/$1/$2/', foundation, enqueue, contract, facts] },
    },
    {
      name: 'foundations-know-no-domain',
      comment: 'Row 7. core, auth, tenancy, audit, rate-limit and jobs use each other and any contract.ts.',
      severity: 'error',
      from: { path: '^lib/platform/(?:core|facts|auth|tenancy|audit|rate-limit|jobs)/', pathNot: test },
      to: { path: '^lib/', pathNot: [foundation, '^lib/platform/jobs/', enqueue, contract, platformFacts] },
    },
    {
      name: 'db-is-the-floor',
      comment: 'Row 8. db/ uses contract.ts files and ids; everything else stands above it.',
      severity: 'error',
      from: { path: '^db/', pathNot: test },
      to: { path: '^(app|components|lib)/', pathNot: [contract, '^lib/platform/core/'] },
    },
    {
      name: 'nobody-imports-a-process',
      comment: 'Row 9. lib/processes/* start something when loaded; put what you need into its room.',
      severity: 'error',
      from: { path: '^(app|components|db|lib)/', pathNot: ['^lib/processes/', test] },
      to: { path: '^lib/processes/' },
    },
    {
      name: 'nobody-imports-the-gate',
      comment: 'Row 9. lib/access/gate may import any room of its wing; no room or screen imports it.',
      severity: 'error',
      from: { path: '^(app|components|db|lib)/', pathNot: [gate, '^lib/processes/', test] },
      to: { path: gate, pathNot: wire },
    },
    {
      name: 'lib-ships-alone',
      comment: 'Row 12. What runs in production never loads a tool of the workshop.',
      severity: 'error',
      from: { path: '^(app|components|lib)/', pathNot: test },
      to: { path: '^(bench|bin|guards|e2e)/' },
    },
    {
      name: 'driver-only-in-db',
      comment: 'Row 10. Use db/scope.ts; it sets the role and the tenant.',
      severity: 'error',
      from: { path: '^(app|components|lib)/', pathNot: test },
      to: { path: '(^|/)node_modules/postgres/' },
    },
    {
      name: 'nobody-imports-a-test',
      comment: 'Helpers of tests live in a test/ folder, which production code never loads.',
      severity: 'error',
      from: { pathNot: test },
      to: { path: test },
    },
    {
      name: 'no-cycles',
      comment: 'Row 12. Move the shared part to a third file that both import.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'lib-knows-no-screens',
      comment: 'Row 12. lib/ never imports app/ or components/.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(app|components)/' },
    },
    {
      name: 'every-import-resolves',
      comment: 'An import that does not resolve would slip past every rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
