import type { ScoredArticle } from '../../../wire';

export interface Review {
  search: string;
  /** Empty: any. */
  category: string;
  impact: string;
}

export const NO_REVIEW: Review = { search: '', category: '', impact: '' };

/** Articles that a review leaves over, in their order. */
export function reviewed(articles: readonly ScoredArticle[], { search, category, impact }: Review): ScoredArticle[] {
  const wanted = search.trim().toLowerCase();
  return articles.filter((article) => {
    if (category !== '' && article.category !== category) return false;
    if (impact !== '' && article.impact !== impact) return false;
    return wanted === '' || [article.title, article.source, ...article.tickers, ...article.entities].some((name) => name.toLowerCase().includes(wanted));
  });
}

/** The different values that articles have for something, in order. */
export function choices(articles: readonly ScoredArticle[], of: (article: ScoredArticle) => string): string[] {
  return [...new Set(articles.map(of))].toSorted();
}

/** The address of an article when it is one that a page may link to. */
export function safeUrl(url: string): string | null {
  try {
    const { protocol, href } = new URL(url);
    return protocol === 'https:' || protocol === 'http:' ? href : null;
  } catch {
    return null;
  }
}
