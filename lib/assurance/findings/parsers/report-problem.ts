/** Not a report, or not one of a finished run. `message` says what was seen and what to run instead. */
export class ReportProblem extends Error {
  override readonly name = 'ReportProblem';
}
