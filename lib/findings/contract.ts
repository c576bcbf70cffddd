export const TOOLS = ['gitleaks', 'trivy', 'snyk', 'npm-audit', 'sarif', 'cyclonedx'] as const;
export type Tool = (typeof TOOLS)[number];

export const TOOL_NAMES: Record<Tool, string> = {
  gitleaks: 'Gitleaks',
  trivy: 'Trivy',
  snyk: 'Snyk',
  'npm-audit': 'npm audit',
  sarif: 'SARIF',
  cyclonedx: 'CycloneDX',
};

export const FINDING_KINDS = ['vulnerability', 'misconfiguration', 'secret', 'license', 'code'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];
