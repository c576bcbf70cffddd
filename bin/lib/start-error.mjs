/** A failure that the operator can mend: one sentence on what is wrong, one on what to do. */
export class StartError extends Error {
  name = 'StartError';

  /**
   * @param {string} message what is wrong
   * @param {string} remedy what to do about it
   * @param {{ cause?: unknown, details?: string }} [more] details: output of the tool that failed
   */
  constructor(message, remedy, more = {}) {
    super(message, { cause: more.cause });
    this.remedy = remedy;
    this.details = more.details;
  }
}

const POSTGRES_DISK_FULL = '53100';

const codeOf = (error) => (error instanceof Error && 'code' in error ? error.code : undefined);

/** Turns what the file system says into a sentence about `path`; other errors come back unchanged. */
export function explainFileError(error, path) {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case POSTGRES_DISK_FULL:
      return new StartError(
        `The disk is full: ${path} could not be written.`,
        'Free some space and start again.',
        {
          cause: error,
        },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StartError(
        `You have no permission to write ${path}.`,
        `Start as the user who owns it, or give it to yourself: sudo chown -R "$(id -un)" "${path}"`,
        { cause: error },
      );
    default:
      return error;
  }
}
