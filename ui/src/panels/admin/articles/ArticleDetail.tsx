import { share } from '../../../kit/format';
import type { ScoredArticle } from '../../../wire';
import css from './ArticlesTab.module.css';
import { safeUrl } from './review';
import { articleWords as text } from './words';

/** What is behind an article's scores. */
export function ArticleDetail({ article }: { article: ScoredArticle }) {
  const url = safeUrl(article.url);
  const facts = [
    [text.sentiment, article.sentiment], [text.tickers, article.tickers.join(', ')], [text.entities, article.entities.join(', ')],
    [text.quality, article.quality_score === null ? null : share(article.quality_score)],
  ].filter((fact): fact is [string, string] => Boolean(fact[1]));
  return (
    <div className={css.detail}>
      <p>{article.summary ?? text.noSummary}</p>
      <dl className={css.facts}>{facts.map(([label, value]) => <div key={label}><dt>{label}</dt><dd>{value}</dd></div>)}</dl>
      <h3>{text.analysis}</h3>
      {article.analysis ? (
        <>
          <p>{article.analysis.summary}</p>
          <ul className={css.points}>{article.analysis.takeaways.map((point) => <li key={point}>{point}</li>)}</ul>
        </>
      ) : <p className={css.quiet}>{text.noAnalysis}</p>}
      {url && <a className={css.link} href={url} target="_blank" rel="noopener noreferrer">{text.open}</a>}
    </div>
  );
}
