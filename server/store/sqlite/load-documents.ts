import { DOCUMENT_KINDS } from '@poolkeeper/core';
import type { DocumentKind } from '@poolkeeper/core';
import type { StoredDocument } from '../contract.ts';
import { createIntern } from '../intern.ts';
import type { Intern } from '../intern.ts';
import { liftDocument } from '../lift.ts';
import type { StoredKind, StoredShapes } from '../lift.ts';
import type { DocumentsText } from './database.ts';
import type { ThreadLink } from './thread-link.ts';

/** Every live document, in pages. While one page is parsed here, the thread reads the next. */
export async function* loadDocuments(
  link: ThreadLink,
): AsyncGenerator<readonly StoredDocument[], void, undefined> {
  const intern = createIntern();
  let coming = requestPage(link, { kind: DOCUMENT_KINDS[0], after: '' });
  for (;;) {
    const { kind, page, following } = await coming;
    if (following !== undefined) {
      coming = requestPage(link, following);
      // A reader that stops early never looks at it.
      coming.catch(() => {});
    }
    if (page.versions.length > 0) yield parsePage(kind, page, intern);
    if (following === undefined) return;
  }
}

/** Parses documents and brings them to today's shape. */
export function parseDocuments<K extends StoredKind>(
  kind: K,
  { text, versions }: DocumentsText,
): StoredShapes[K][] {
  const parsed = JSON.parse(text) as unknown[];
  return parsed.map((document, index) => liftDocument(kind, versions[index] as number, document));
}

type PageStart = { readonly kind: DocumentKind; readonly after: string };

async function requestPage(
  link: ThreadLink,
  { kind, after }: PageStart,
): Promise<{ kind: DocumentKind; page: DocumentsText; following: PageStart | undefined }> {
  const page = await link.call('loadPage', { kind, after });
  const nextKind = DOCUMENT_KINDS[DOCUMENT_KINDS.indexOf(kind) + 1];
  if (page.next !== null) return { kind, page, following: { kind, after: page.next } };
  return { kind, page, following: nextKind === undefined ? undefined : { kind: nextKind, after: '' } };
}

function parsePage(kind: DocumentKind, page: DocumentsText, intern: Intern): readonly StoredDocument[] {
  return parseDocuments(kind, page).map(
    (document) => ({ kind, document: intern(kind, document) }) as StoredDocument,
  );
}
