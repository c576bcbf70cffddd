/** Keeps Next from taking Bulwark's own instrumentation, which stands above this folder. */
export function register(): void {}
