/** Called once by Next before the first request. Next also compiles it for the edge runtime, which nothing here uses. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { prepareServer } = await import('./instrumentation-node');
    await prepareServer();
  }
}
