import { type ApiRequest, apiUrl, contentOf, headersOf, unreachable } from './api-client';

export interface ApiUpload extends Pick<ApiRequest, 'query' | 'idempotencyKey' | 'signal'> {
  file: Blob;
  onProgress: (sentBytes: number) => void;
}

function answerTo(xhr: XMLHttpRequest): Response {
  const headers = new Headers();
  for (const name of ['content-type', 'x-request-id', 'retry-after']) {
    const value = xhr.getResponseHeader(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(xhr.responseText, { status: xhr.status, headers });
}

/**
 * Posts a file as the signed-in person and tells how much of it has been sent, which fetch cannot.
 * @throws ApiError; a DOMException AbortError when `signal` stops it
 */
export function apiUpload<T>(path: string, { file, query, onProgress, ...request }: ApiUpload): Promise<T> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', apiUrl(path, query));
    headersOf(request).forEach((value, name) => {
      xhr.setRequestHeader(name, value);
    });
    xhr.setRequestHeader('content-type', 'application/octet-stream');
    xhr.upload.onprogress = ({ loaded }) => onProgress(loaded);
    xhr.onload = () => contentOf<T>(answerTo(xhr)).then(resolve, reject);
    xhr.onerror = () => reject(unreachable());
    xhr.onabort = () => reject(new DOMException('You cancelled the upload.', 'AbortError'));
    request.signal?.addEventListener('abort', () => xhr.abort(), { once: true });
    xhr.send(file);
  });
}
