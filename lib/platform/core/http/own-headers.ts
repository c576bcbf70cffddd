/** Headers that Bulwark sets on requests for itself; what a client sends under these names is removed. */

/** The address of the socket's other end. */
export const PEER_HEADER = 'x-bulwark-peer';
/** The path of a page: a server component cannot ask Next for its own. */
export const PATH_HEADER = 'x-bulwark-path';
/** The methods of a path that was asked for another one. */
export const ALLOW_HEADER = 'x-bulwark-allow';
/** On an answer: how its body is compressed. Next removes `Content-Encoding` from the answers of routes. */
export const ENCODING_HEADER = 'x-bulwark-encoding';

export const OWN_HEADERS: readonly string[] = [PEER_HEADER, PATH_HEADER, ALLOW_HEADER, ENCODING_HEADER];
