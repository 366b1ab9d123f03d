import type { ScoredArticle } from '../../../wire';
import { useAsked } from '../useAsked';

/** Whether anything brings articles. Null until it is known; what a gateway that is away or refuses says nothing of stays open. */
export function useHasArticles(): boolean | null {
  const { value, state } = useAsked<ScoredArticle[]>({ path: '/api/admin/rss-articles?hours=168&limit=1', isWrapped: true });
  if (value !== undefined) return true;
  return state.kind === 'empty' ? false : null;
}
