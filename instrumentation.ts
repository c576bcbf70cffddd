/** Called once by Next before the first request. */
export async function register(): Promise<void> {
  const { installPeerAddress } = await import('@/lib/auth/peer-address');
  installPeerAddress();
}
