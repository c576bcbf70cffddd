/** Commands that bring a first report to this installation as they stand. */
export function uploadCurl(consoleUrl: string): string {
  return [
    'npm audit --json > audit.json',
    `curl -fsS '${consoleUrl}/api/v1/scans?asset=web&branch=main' \\`,
    '  -H "Authorization: Bearer $BULWARK_API_KEY" \\',
    '  --data-binary @audit.json',
  ].join('\n');
}

/** A workflow for GitHub; the key is a secret of the repository. */
export function uploadWorkflow(consoleUrl: string): string {
  return `name: bulwark
on: [push]
permissions:
  contents: read
jobs:
  scan:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - run: npm audit --json > audit.json || true
      - env:
          BULWARK_API_KEY: \${{ secrets.BULWARK_API_KEY }}
        run: |
          curl -fsS -X POST '${consoleUrl}/api/v1/scans' \\
            --url-query "asset=$GITHUB_REPOSITORY" \\
            --url-query "branch=$GITHUB_REF_NAME" \\
            -H "Authorization: Bearer $BULWARK_API_KEY" \\
            --data-binary @audit.json`;
}
